/** The benchmarks: `npm run bench` runs them all, `npm run bench -- NAME` one. Each prints its own figures. */

const benchmarks: Record<string, () => Promise<() => Promise<void>>> = {
  sandbox: async () => (await import('./sandbox.ts')).benchSandbox,
  start: async () => (await import('./start.ts')).benchStart,
}

const wanted = process.argv.slice(2)
const unknown = wanted.find((name) => !Object.hasOwn(benchmarks, name))
if (unknown !== undefined) {
  process.stderr.write(
    `There is no benchmark "${unknown}"; there are: ${Object.keys(benchmarks).join(', ')}\n`,
  )
  process.exit(2)
}
for (const [name, load] of Object.entries(benchmarks)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  process.stdout.write(`\n${name}\n`)
  const run = await load()
  await run()
}
