import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { CannotStart } from '../config.ts'

/** How Postgres is run on this machine, so that it never outlives the program. */
export type Launcher = {
  /** Who owns Postgres's files: root hands them to an ordinary user, since Postgres refuses to run as root. */
  owner: { uid: number; gid: number } | null
  run(command: readonly string[], options: { log: number; env: Record<string, string> }): Running
}

export type Running = {
  process: ChildProcess
  /** Asks for an orderly end: sessions are cut, the data is brought to rest, the process exits. */
  interrupt(): void
  /** Ends it at once; the next start recovers from its log, as after a power cut. */
  abort(): void
}

const NOBODY = 65534

/** Becomes `nobody`, but keeps root's way through folders that are closed to others, such as a home of mode 0700. */
const AS_NOBODY = [
  '--securebits=+no_setuid_fixup',
  '--clear-groups',
  `--reuid=${NOBODY}`,
  `--regid=${NOBODY}`,
  '--inh-caps=+dac_override',
  '--ambient-caps=+dac_override',
]

/** The kernel sends this signal when the parent dies, however it dies. */
const DIE_WITH_PARENT = '--pdeathsig=INT'

/** The parent may have died before the kernel was told to watch it: then there is nobody to start for. */
const IF_PARENT_LIVES = '[ "$PPID" = "$0" ] && exec "$@"'

/**
 * Where the kernel cannot watch the parent: file descriptor 3 is a pipe that only the program holds, so its end means
 * an orderly stop or the program's death. The shell outlives neither.
 */
const UNTIL_PIPE_ENDS =
  '"$@" 3<&- & child=$!; { read -r _ <&3; kill -INT "$child" 2>/dev/null; } & wait "$child"'

/**
 * Chooses the way to run Postgres.
 *
 * @param setpriv the util-linux program of that name; another name only in tests
 * @throws {CannotStart} as root where there is no way to run it as somebody else
 */
export function chooseLauncher(setpriv = 'setpriv'): Launcher {
  const isRoot = process.getuid?.() === 0
  const flags = isRoot ? [...AS_NOBODY, DIE_WITH_PARENT] : [DIE_WITH_PARENT]
  const trial =
    process.platform === 'linux' ? spawnSync(setpriv, [...flags, 'true'], { encoding: 'utf8' }) : null
  if (trial?.status === 0) {
    return { owner: isRoot ? { uid: NOBODY, gid: NOBODY } : null, run: watchedByKernel([setpriv, ...flags]) }
  }
  if (isRoot) {
    const why = trial?.stderr?.trim() || trial?.error?.message || `not possible on ${process.platform}`
    throw new CannotStart(
      `PostgreSQL does not run as root, and handing it to another user failed (${why}): start as an ordinary user, or set DATABASE_URL`,
    )
  }
  return { owner: null, run: watchedByPipe }
}

function watchedByKernel(wrapper: readonly [string, ...string[]]): Launcher['run'] {
  return (command, { log, env }) => {
    const [program, ...flags] = wrapper
    const child = spawn(program, [...flags, 'sh', '-c', IF_PARENT_LIVES, String(process.pid), ...command], {
      // A group of its own: Ctrl-C in the terminal is ours to handle, Postgres is stopped last.
      detached: true,
      cwd: '/',
      env,
      stdio: ['ignore', log, log],
    })
    return { process: child, interrupt: () => child.kill('SIGINT'), abort: () => child.kill('SIGQUIT') }
  }
}

/** For systems without setpriv: a shell in between ends Postgres when the program is gone. */
export const watchedByPipe: Launcher['run'] = (command, { log, env }) => {
  const child = spawn('sh', ['-c', UNTIL_PIPE_ENDS, 'sh', ...command], {
    detached: true,
    cwd: '/',
    env,
    stdio: ['ignore', log, log, 'pipe'],
  })
  const endPipe = () => child.stdio[3]?.destroy()
  child.once('exit', endPipe)
  return {
    process: child,
    interrupt: endPipe,
    abort: () => {
      if (child.exitCode === null && child.signalCode === null) process.kill(-Number(child.pid), 'SIGQUIT')
    },
  }
}
