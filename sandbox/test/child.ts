import { type ChildProcess, spawn } from 'node:child_process'

export type Running = { child: ChildProcess; url: string; key: string; complaints: () => string }

export const ended = (child: ChildProcess) =>
  new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))

/** Starts the sandbox by its command, as a user would, on a folder, and reads the address and key that it prints. */
export async function runSandbox(data: string, now: string): Promise<Running> {
  const cli = new URL('../src/cli.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [cli, '--port', '0', '--data', data, '--now', now], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  let complaints = ''
  child.stderr?.on('data', (part) => {
    complaints += part
  })
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`The sandbox ended at once: ${said}${complaints}`)))
    child.stdout?.on('data', (part) => {
      said += part
      if (said.includes('smtp://')) resolve()
    })
  })
  const [, url = ''] = /Sandbox\s+(\S+)/.exec(said) ?? []
  const [, key = ''] = /Stripe key\s+(\S+)/.exec(said) ?? []
  return { child, url, key, complaints: () => complaints }
}
