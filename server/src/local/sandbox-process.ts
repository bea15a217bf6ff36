import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import path from 'node:path'
import type { startSandbox } from 'tollgate-sandbox'
import { CannotStart } from '../config.ts'

export type SandboxOptions = NonNullable<Parameters<typeof startSandbox>[0]>
/** What the child sends once, first of all. */
export type SandboxReport = { url: string; smtpUrl: string } | { failed: string }

export type SandboxProcess = {
  url: string
  smtpUrl: string
  /** Resolves with why, should the sandbox end without having been asked to. */
  ended: Promise<string>
  stop(): Promise<void>
}

const STOP_MS_MAX = 10_000

/**
 * Runs the sandbox beside the server, in a process of its own as Stripe and Twilio are. It keeps its state in
 * `dataDir/sandbox` and ends itself when this process ends, however that happens.
 *
 * @throws {CannotStart} with the sandbox's own words
 */
export async function startSandboxProcess(
  options: Omit<SandboxOptions, 'dataDir'> & { dataDir: string },
): Promise<SandboxProcess> {
  const logFile = path.join(options.dataDir, 'sandbox.log')
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 })
  const log = openSync(logFile, 'a', 0o600)
  // In a group of its own: Ctrl-C in the terminal is for the program, which stops its parts in order.
  const child = fork(new URL('./sandbox-child.ts', import.meta.url), {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  })
  closeSync(log)
  const exit = once(child, 'exit').then(([code, signal]) => String(signal ?? `exit code ${code}`))
  const sandboxOptions: SandboxOptions = { ...options, dataDir: path.join(options.dataDir, 'sandbox') }
  child.send(sandboxOptions)
  const report = await Promise.race([
    once(child, 'message').then(([message]) => message as SandboxReport),
    exit.then((how): SandboxReport => ({ failed: `it ended (${how}); ${logFile} says why` })),
  ])
  if ('failed' in report) {
    throw new CannotStart(`The sandbox did not start: ${report.failed}`, 1)
  }
  let isStopping = false
  return {
    ...report,
    ended: new Promise((resolve) => {
      exit.then((how) => {
        if (!isStopping) resolve(`the sandbox ended by itself (${how}); ${logFile} says why`)
      }, resolve)
    }),
    stop: async () => {
      isStopping = true
      await stopChild(child, exit)
    },
  }
}

async function stopChild(child: ChildProcess, exit: Promise<string>): Promise<void> {
  // The end of the channel is the one signal to stop, so that an orderly stop and a killed parent look the same.
  if (child.connected) child.disconnect()
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX)
  await exit
  clearTimeout(timer)
}
