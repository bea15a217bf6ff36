import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../server/src/main.ts', import.meta.url))
const ROUNDS = 5

/**
 * How long from the command until `GET /readyz` answers 200, on an empty data folder and on the same one again.
 * The baseline beside it is an empty Node process on the same machine at the same time.
 */
export async function benchStart(): Promise<void> {
  const first: number[] = []
  const second: number[] = []
  const baseline: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const dataDir = mkdtempSync(path.join(tmpdir(), 'tollgate-bench-'))
    first.push(await secondsUntilReady(dataDir))
    second.push(await secondsUntilReady(dataDir))
    baseline.push(await secondsOfNode())
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 10 })
  }
  const node = median(baseline)
  process.stdout.write(
    `  first start    ${shown(median(first))}, ${(median(first) / node).toFixed(0)} × an empty node\n`,
  )
  process.stdout.write(
    `  second start   ${shown(median(second))}, ${(median(second) / node).toFixed(0)} × an empty node\n`,
  )
  process.stdout.write(`  empty node     ${shown(node)}   (medians of ${ROUNDS})\n`)
}

async function secondsUntilReady(dataDir: string): Promise<number> {
  const began = performance.now()
  const program = spawn(process.execPath, [main, 'start'], {
    env: { PATH: process.env.PATH, TOLLGATE_DATA: dataDir, PORT: '0', SANDBOX_PORT: '0' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const file = path.join(dataDir, 'connection.json')
  while (!(existsSync(file) && (await isReady(file)))) {
    if (program.exitCode !== null) throw new Error(`the program ended with ${program.exitCode}`)
    await delay(10)
  }
  const seconds = (performance.now() - began) / 1000
  program.kill('SIGTERM')
  await once(program, 'exit')
  return seconds
}

async function isReady(file: string): Promise<boolean> {
  const { url } = JSON.parse(readFileSync(file, 'utf8')) as { url: string }
  return fetch(`${url}/readyz`).then(
    (answer) => answer.ok,
    () => false,
  )
}

async function secondsOfNode(): Promise<number> {
  const began = performance.now()
  await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit')
  return (performance.now() - began) / 1000
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

function shown(seconds: number): string {
  return `${seconds.toFixed(2)} s`.padStart(8)
}
