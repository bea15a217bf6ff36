#!/usr/bin/env node
/** The command line: finds the command, runs it, and turns its outcome into an exit code. */

const NODE_MAJOR_MIN = 24

type Command = { summary: string; load(): Promise<(args: string[]) => Promise<number>> }

const commands: Record<string, Command> = {
  start: {
    summary: 'run everything on this machine',
    load: async () => (await import('./cli/start.ts')).start,
  },
  serve: {
    summary: 'run one process of an installation: API, worker or both',
    load: async () => (await import('./cli/serve.ts')).serve,
  },
  migrate: {
    summary: 'bring the database to the newest schema, back, or show where it stands',
    load: async () => (await import('./cli/migrate.ts')).migrate,
  },
  catalog: {
    summary: 'check a catalog',
    load: async () => (await import('./cli/catalog.ts')).catalog,
  },
  inbox: {
    summary: 'show inbound webhooks, or handle them once more',
    load: async () => (await import('./cli/inbox.ts')).inbox,
  },
  keys: {
    summary: 'make or revoke API keys',
    load: async () => (await import('./cli/keys.ts')).keys,
  },
  sandbox: {
    summary: 'run the sandbox alone, move its clock, or empty it',
    load: async () => (await import('./cli/sandbox.ts')).sandbox,
  },
}

/** Exit codes: 0 done, 1 failed, 2 asked in a way that cannot work (arguments, settings, this machine). */
async function main([name, ...args]: string[]): Promise<number> {
  if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR_MIN) {
    process.stderr.write(
      `Tollgate needs Node ${NODE_MAJOR_MIN} or newer; this is ${process.version}. See https://nodejs.org.\n`,
    )
    return 2
  }
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(usage())
    return 0
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) {
    process.stderr.write(`There is no command "${name}".\n\n${usage()}`)
    return 2
  }
  try {
    const run = await command.load()
    return await run(args)
  } catch (error) {
    if (!(error instanceof Error && 'exitCode' in error && typeof error.exitCode === 'number')) throw error
    process.stderr.write(`${error.message}\n`)
    return error.exitCode
  }
}

function usage(): string {
  const rows = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(12)}${summary}`)
  return `Usage: tollgate COMMAND [ARGUMENTS]\n\n${rows.join('\n')}\n\nMore about one: tollgate COMMAND --help\n`
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error)
  return 1
})
// What is still open (a timer, an idle connection) has no more to do once the command has ended.
process.exit()
