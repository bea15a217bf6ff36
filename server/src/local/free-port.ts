import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { CannotStart } from '../config.ts'

const HOST = '127.0.0.1'
const RETRY_MS = 50

/**
 * Makes sure of a port before anything is started, since each part is told the others' addresses.
 *
 * @param wanted 0 for any free one
 * @param waitMs how long a port may still be held by a program that was just killed
 * @throws {CannotStart} naming the setting to change
 */
export async function freePort(
  setting: 'PORT' | 'SANDBOX_PORT',
  wanted: number,
  waitMs = 1000,
): Promise<number> {
  const giveUpAt = performance.now() + waitMs
  for (;;) {
    try {
      return await tryPort(wanted)
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException
      if (code === 'EACCES') {
        throw new CannotStart(
          `${setting}: port ${wanted} is not allowed to this user; set ${setting} to one over 1023`,
        )
      }
      if (code !== 'EADDRINUSE') throw cause
      if (performance.now() >= giveUpAt) {
        throw new CannotStart(
          `${setting}: port ${wanted} is in use by another program; stop that one, or set ${setting} to a free port (0 takes any)`,
        )
      }
    }
    await delay(RETRY_MS)
  }
}

function tryPort(wanted: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(wanted, HOST, () => {
      const address = server.address()
      const port = typeof address === 'object' && address ? address.port : wanted
      server.close(() => resolve(port))
    })
  })
}
