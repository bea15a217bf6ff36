import { seeded } from './chance.ts'
import type { Clock } from './clock.ts'
import type { Provider } from './faults.ts'
import { randomId } from './ids.ts'
import { settingsOf } from './settings.ts'
import type { Store } from './store.ts'

type Attempt = { at: number; status?: number; error?: string }

export type Delivery = {
  id: string
  provider: Provider
  url: string
  type: string
  object: string
  contentType: string
  body: string
  sign: string
  endpoint?: string
  /** `waiting` has failed and is to be tried again on the sandbox's clock. */
  state: 'pending' | 'held' | 'waiting' | 'succeeded' | 'failed' | 'dropped'
  attempts: Attempt[]
  createdAt: number
}

export type Outcome = {
  delivery: Delivery
  /** What became of it: `dropped` where nobody listens any more. */
  state: Delivery['state']
  succeeded: boolean
  final: boolean
  status?: number
  body?: string
}

export type Deliveries = {
  /** Queues a request to somebody's webhook. It leaves after the commit of the request or step that caused it. */
  send(delivery: {
    provider: Provider
    url: string
    type: string
    object: string
    contentType: string
    body: string
    /** Name of a registered signer: headers are made afresh for each attempt, with wall-clock time. */
    sign: string
    endpoint?: string
  }): Delivery
  /** `make` answers null where nobody listens at the address any more: then it is not tried. */
  signer(
    name: string,
    make: (delivery: { url: string; body: string; endpoint?: string }) => Record<string, string> | null,
  ): void
  /** Called after each attempt. `final`: it succeeded or will not be tried again. Changes are committed afterwards. */
  onOutcome(act: (outcome: Outcome) => void): void
}

export type Release = {
  order?: 'as-is' | 'reverse' | 'shuffle'
  seed?: number
  duplicates?: boolean | number
}

/** Deliveries with what the server, the clock's mover and the control paths need. */
export type DeliveryQueue = Deliveries & {
  /** Starts what is pending; called after each commit. */
  flush(): void
  /** Resolves when nothing is on its way: all that was pending is answered, waiting for a retry, held or given up. */
  settled(): Promise<void>
  busy(): boolean
  hold(): void
  release(how: Release): number
  dropHeld(): number
  replay(id: string): Delivery | undefined
  holding(): boolean
  close(): void
}

/** Seconds from each failed attempt to the next; Twilio tries once. */
const pausesOf = (store: Store, provider: Provider) =>
  provider === 'stripe' ? settingsOf(store).webhook_retry_pauses : []

const attemptTimeout = 20_000

function arrange<T>(items: T[], how: Release): T[] {
  const copies = how.duplicates === true ? 1 : Number(how.duplicates ?? 0)
  const all = items.flatMap((item) => Array.from({ length: 1 + copies }, () => item))
  if (how.order === 'reverse') return all.reverse()
  if (how.order !== 'shuffle') return all
  const chance = seeded(how.seed ?? 1)
  for (let last = all.length - 1; last > 0; last--) {
    const other = Math.floor(chance() * (last + 1))
    const held = all[last] as T
    all[last] = all[other] as T
    all[other] = held
  }
  return all
}

type Answer = { status: number; body: string } | { error: string }

async function post(delivery: Delivery, headers: Record<string, string>, stop: AbortSignal): Promise<Answer> {
  try {
    const response = await fetch(delivery.url, {
      method: 'POST',
      headers: { 'content-type': delivery.contentType, ...headers },
      body: delivery.body,
      redirect: 'manual',
      signal: AbortSignal.any([stop, AbortSignal.timeout(attemptTimeout)]),
    })
    return { status: response.status, body: await response.text() }
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : ''
    return { error: cause || (error instanceof Error ? error.message : String(error)) }
  }
}

/** Outgoing webhooks: kept with the state, sent in order of creation per address, retried on the sandbox's clock. */
export function createDeliveries(store: Store, clock: Clock): DeliveryQueue {
  const signers = new Map<string, Parameters<Deliveries['signer']>[1]>()
  const listeners: ((outcome: Outcome) => void)[] = []
  const lanes = new Map<string, Promise<void>>()
  const queued = new Set<string>()
  const stop = new AbortController()
  store.index<Delivery>('delivery', 'state', (delivery) => delivery.state)

  const isHolding = () => store.get<{ id: string; on: boolean }>('hold', 'hold')?.on === true
  const put = (delivery: Delivery) => store.put('delivery', delivery)

  async function attempt(id: string): Promise<void> {
    const delivery = store.get<Delivery>('delivery', id)
    if (delivery?.state !== 'pending' || stop.signal.aborted) return
    const make = signers.get(delivery.sign)
    if (!make) throw new Error(`No signer "${delivery.sign}" is registered.`)
    const headers = make(delivery)
    if (!headers) {
      tellOutcome({ delivery: put({ ...delivery, state: 'dropped' }), succeeded: false })
      return
    }
    const answer = await post(delivery, headers, stop.signal)
    // A reset or a snapshot may have taken the delivery away meanwhile; a stop leaves it pending for the next start.
    const current = store.get<Delivery>('delivery', id)
    if (stop.signal.aborted || !current) return
    const succeeded = 'status' in answer && answer.status >= 200 && answer.status < 300
    const tried = { at: clock.now(), ...('status' in answer ? { status: answer.status } : answer) }
    const attempts = [...current.attempts, tried]
    const wait = succeeded ? undefined : pausesOf(store, current.provider)[attempts.length - 1]
    const state = succeeded ? 'succeeded' : wait === undefined ? 'failed' : 'waiting'
    const kept = put({ ...current, attempts, state })
    if (wait !== undefined) {
      clock.schedule({ id: `delivery ${id}`, at: clock.now() + wait, what: 'delivery.retry', object: id })
    }
    tellOutcome({ delivery: kept, succeeded, ...('status' in answer ? answer : {}) })
  }

  function tellOutcome(told: Omit<Outcome, 'state' | 'final'>) {
    const { state } = told.delivery
    for (const listen of listeners) listen({ ...told, state, final: state !== 'waiting' })
    store.commit()
  }

  function flush() {
    for (const delivery of store.by<Delivery>('delivery', 'state', 'pending')) {
      if (queued.has(delivery.id)) continue
      queued.add(delivery.id)
      const before = lanes.get(delivery.url) ?? Promise.resolve()
      const after = before
        .then(() => attempt(delivery.id))
        .catch((error) => console.error(`sandbox: delivery ${delivery.id} failed:`, error))
        .finally(() => {
          queued.delete(delivery.id)
          if (lanes.get(delivery.url) === after) lanes.delete(delivery.url)
        })
        // What an outcome caused (another webhook) goes out as well.
        .then(() => (stop.signal.aborted ? undefined : flush()))
      lanes.set(delivery.url, after)
    }
  }

  function again(delivery: Delivery): Delivery {
    return put({
      ...delivery,
      id: randomId('dlv_', 24),
      state: 'pending',
      attempts: [],
      createdAt: clock.now(),
    })
  }

  clock.on('delivery.retry', ({ object }) => {
    const delivery = store.get<Delivery>('delivery', object)
    if (delivery?.state === 'waiting') put({ ...delivery, state: isHolding() ? 'held' : 'pending' })
  })

  return {
    send: (given) =>
      put({
        ...given,
        id: randomId('dlv_', 24),
        state: isHolding() ? 'held' : 'pending',
        attempts: [],
        createdAt: clock.now(),
      }),
    signer: (name, make) => void signers.set(name, make),
    onOutcome: (act) => void listeners.push(act),
    flush,
    busy: () =>
      !stop.signal.aborted && (queued.size > 0 || store.by('delivery', 'state', 'pending').length > 0),
    async settled() {
      flush()
      while (lanes.size > 0) await Promise.all(lanes.values())
    },
    holding: isHolding,
    hold: () => void store.put('hold', { id: 'hold', on: true }),
    release(how) {
      store.put('hold', { id: 'hold', on: false })
      const held = store.by<Delivery>('delivery', 'state', 'held')
      const seen = new Set<string>()
      const released = arrange(held, how).map((delivery) => {
        if (seen.has(delivery.id)) return again(delivery)
        seen.add(delivery.id)
        // Held ones enter the pending index in the order in which they are put.
        return put({ ...delivery, state: 'pending' })
      })
      return released.length
    },
    dropHeld() {
      const held = store.by<Delivery>('delivery', 'state', 'held')
      for (const delivery of held) put({ ...delivery, state: 'dropped' })
      return held.length
    },
    replay(id) {
      const delivery = store.get<Delivery>('delivery', id)
      return delivery && again(delivery)
    },
    close: () => stop.abort(new Error('The sandbox is stopping.')),
  }
}
