import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'

const STOP_MS_MAX = 25_000

export type Child = {
  /** All that it said so far, on both streams. */
  output(): string
  /** Resolves when it says that it is ready; fails when it ends instead. */
  ready(sign: RegExp): Promise<void>
  /** Resolves with its exit code, null where a signal ended it. */
  ended: Promise<number | null>
  /** Asks it to end, and ends it where it does not. */
  stop(): Promise<void>
}

export type Children = {
  start(args: string[], env?: Record<string, string>): Child
  /** The last started first. */
  stopAll(): Promise<void>
}

/** Node processes of one run, so that none is left behind however the run ends. */
export function createChildren(cwd: string): Children {
  const started: Child[] = []
  let isStopping = false
  return {
    start(args, env = {}) {
      if (isStopping) throw new Error('Nothing is started any more: the run is being stopped.')
      const child = childOf(
        spawn(process.execPath, args, {
          cwd,
          env: { PATH: process.env.PATH, ...env },
          stdio: ['ignore', 'pipe', 'pipe'],
        }),
        args,
      )
      started.push(child)
      return child
    },
    async stopAll() {
      isStopping = true
      for (const child of started.toReversed()) await child.stop()
    },
  }
}

function childOf(process: ChildProcess, args: string[]): Child {
  let said = ''
  let tell: () => void = () => undefined
  for (const stream of [process.stdout, process.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8')
      tell()
    })
  }
  // Closed rather than exited: only then has everything been read that it said.
  const ended = once(process, 'close').then(([code]) => code as number | null)
  return {
    output: () => said,
    ready: (sign) =>
      new Promise((resolve, reject) => {
        tell = () => {
          if (sign.test(said)) resolve()
        }
        tell()
        ended.then(() => reject(new Error(`${args.join(' ')} ended before it was ready:\n${said}`)), reject)
      }),
    ended,
    async stop() {
      if (process.exitCode !== null || process.signalCode !== null) return
      process.kill('SIGTERM')
      const patience = new AbortController()
      const kill = delay(STOP_MS_MAX, undefined, { signal: patience.signal, ref: false }).then(
        () => process.kill('SIGKILL'),
        // The wait was cut short because it ended in time.
        () => undefined,
      )
      await ended
      patience.abort()
      await kill
    },
  }
}
