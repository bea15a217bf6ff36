import { mock } from 'node:test'
import { startSandbox } from '../../src/main.ts'
import type { Fields, Param } from './cassettes.ts'

/** A sandbox in memory whose clock stands still but where it is moved. */
export type Asker = {
  ask(method: string, path: string, params: Param[]): Promise<{ status: number; answer: Fields }>
  moveTo(at: number): Promise<void>
  snapshot(): Promise<string>
  load(objects: string): Promise<void>
  close(): Promise<void>
}

const secretKey = 'sk_test_recorded'

/** What the recorded account had chosen. */
const settings = { available_days: 6 }

/** Starts a sandbox at an instant (epoch seconds). The wall clock of this process stands still from then on. */
export async function startAsker(at: number): Promise<Asker> {
  mock.timers.reset()
  mock.timers.enable({ apis: ['Date'], now: at * 1000 })
  const sandbox = await startSandbox({ settings, stripe: { secretKey } })
  let now = at
  async function control(path: string, method: string, body?: string) {
    const response = await fetch(`${sandbox.url}/_sandbox/${path}`, {
      method,
      ...(body === undefined ? {} : { body }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`)
    return text
  }
  return {
    async ask(method, path, params) {
      const form = new URLSearchParams(params).toString()
      const inQuery = method !== 'POST' && form !== ''
      const response = await fetch(`${sandbox.url}${path}${inQuery ? `?${form}` : ''}`, {
        method,
        headers: { authorization: `Bearer ${secretKey}` },
        ...(method === 'POST' ? { body: form } : {}),
      })
      // Compared field by field with what the real API answered, whatever it is.
      return { status: response.status, answer: (await response.json()) as Fields }
    },
    async moveTo(moment) {
      if (moment <= now) return
      now = moment
      await control('clock/advance', 'POST', JSON.stringify({ to: moment }))
    },
    snapshot: () => control('snapshot', 'GET'),
    load: async (objects) => void (await control('snapshot', 'PUT', objects)),
    async close() {
      await sandbox.close()
    },
  }
}
