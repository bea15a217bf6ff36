import { barrierUrls, setBarriers } from './barriers.ts'
import type { MovableClock } from './clock.ts'
import { paymentRoutes } from './control-payments.ts'
import { asPerson, endpointRoutes, personRoutes } from './control-person.ts'
import { bodyOf, json, Refused, type Route, releaseOf, targetOf, wrong } from './control-request.ts'
import type { Delivery, DeliveryQueue } from './deliveries.ts'
import { addFault, type Fault } from './faults.ts'
import { isCurrent } from './format.ts'
import type { StoredMail } from './mail/server.ts'
import type { Mover } from './mover.ts'
import type { Handler, Part, Reply, SandboxRequest } from './server.ts'
import { changeSettings, settings, settingsOf } from './settings.ts'
import type { OpenStore } from './store.ts'
import { apiVersion, type World } from './stripe/world.ts'

type Sms = { to: string; from: string; body: string; kind?: string | null; at: string }

export type ControlParts = {
  store: OpenStore
  clock: MovableClock
  deliveries: DeliveryQueue
  mover: Mover
  stripe: World
  info: () => object
  mails: () => StoredMail[]
  messages: () => Sms[]
  twilioControl: Record<string, Handler>
  reset: () => void
}

const shownDelivery = ({ body, ...rest }: Delivery) => rest

function clockRoutes({ clock, mover, store }: ControlParts): Route[] {
  return [
    [
      'GET',
      /^clock$/,
      () => json({ now: new Date(clock.now() * 1000).toISOString(), epochSeconds: clock.now() }),
    ],
    [
      'POST',
      /^clock\/advance$/,
      async (request) =>
        json(await mover.advanceTo(targetOf(clock, bodyOf(request, ['seconds', 'days', 'months', 'to'])))),
    ],
    ['GET', /^barriers$/, () => json({ urls: barrierUrls(store) })],
    [
      'PUT',
      /^barriers$/,
      (request) => {
        const { urls } = bodyOf(request, ['urls'])
        if (!Array.isArray(urls) || !urls.every((url) => typeof url === 'string' && /^https?:\/\//.test(url)))
          throw new Refused('"urls" must be a list of http addresses.')
        setBarriers(store, urls)
        return json({ urls })
      },
    ],
  ]
}

function deliveryRoutes({ deliveries, store }: ControlParts): Route[] {
  return [
    [
      'GET',
      /^deliveries$/,
      ({ query }) => {
        const limit = Number(query.get('limit') ?? 1000)
        const all = [...store.all<Delivery>('delivery')].reverse().slice(0, limit)
        return json({ holding: deliveries.holding(), deliveries: all.map(shownDelivery) })
      },
    ],
    [
      'POST',
      /^deliveries\/hold$/,
      () => {
        deliveries.hold()
        return json({ holding: true })
      },
    ],
    [
      'POST',
      /^deliveries\/release$/,
      (request) =>
        json({
          holding: false,
          released: deliveries.release(releaseOf(bodyOf(request, ['order', 'seed', 'duplicates']))),
        }),
    ],
    [
      'POST',
      /^deliveries\/drop$/,
      () => json({ holding: deliveries.holding(), dropped: deliveries.dropHeld() }),
    ],
    [
      'POST',
      /^deliveries\/([^/]+)\/replay$/,
      (_request, id) => {
        const again = deliveries.replay(id)
        return again ? json(shownDelivery(again)) : wrong(`No delivery ${id}.`, 404)
      },
    ],
  ]
}

function faultRoutes({ store }: ControlParts): Route[] {
  return [
    ['GET', /^faults$/, () => json({ faults: [...store.all<Fault>('fault')] })],
    [
      'POST',
      /^faults$/,
      (request) => {
        const fault = addFault(
          store,
          bodyOf(request, ['provider', 'method', 'path', 'effect', 'status', 'code', 'delayMs', 'times']),
        )
        return typeof fault === 'string' ? wrong(fault) : json(fault)
      },
    ],
    [
      'DELETE',
      /^faults$/,
      () => {
        for (const { id } of [...store.all<Fault>('fault')]) store.remove('fault', id)
        return json({ faults: [] })
      },
    ],
  ]
}

function stateRoutes(parts: ControlParts): Route[] {
  const { store, info, mails, messages, reset } = parts
  return [
    ['GET', /^info$/, () => json({ ...info(), stripeApiVersion: apiVersion })],
    [
      'GET',
      /^outbox$/,
      ({ query }) => {
        const to = query.get('to')
        const mine = (one: { to: string }) => to === null || one.to.split(/,\s*/).includes(to)
        const sms = messages()
          .filter(mine)
          .map((one) => ({ kind: null, ...one }))
        return json({ mails: mails().filter(mine).reverse(), sms: sms.reverse() })
      },
    ],
    [
      'GET',
      /^settings$/,
      () => {
        const about = Object.entries(settings).map(([name, { usual, because, says }]) => [
          name,
          { usual, because, says },
        ])
        return json({ settings: settingsOf(store), about: Object.fromEntries(about) })
      },
    ],
    [
      'PUT',
      /^settings$/,
      (request) => {
        const refused = changeSettings(store, bodyOf(request, Object.keys(settings)))
        return refused ? wrong(refused) : json({ settings: settingsOf(store) })
      },
    ],
    [
      'POST',
      /^reset$/,
      () => {
        reset()
        return json({ reset: true })
      },
    ],
    ['GET', /^snapshot$/, () => json({ objects: store.dump() })],
    [
      'PUT',
      /^snapshot$/,
      (request) => {
        const { objects } = bodyOf(request, ['objects'])
        const sound =
          Array.isArray(objects) &&
          objects.every((one) => typeof one?.kind === 'string' && typeof one?.object?.id === 'string')
        if (!sound) throw new Refused('"objects" must be the list of a snapshot that was taken before.')
        if (!isCurrent(objects.find(({ kind }) => kind === 'format')?.object))
          throw new Refused('The snapshot was taken by another version of the sandbox. Take it anew.')
        store.load(objects)
        return json({ objects: objects.length })
      },
    ],
  ]
}

const cors = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST, PUT, DELETE, OPTIONS',
  'access-control-allow-headers': 'content-type',
}

/** The paths under `/_sandbox/` by which a test, or the product's sandbox page, moves and watches the sandbox. */
export function createControl(parts: ControlParts): Part {
  const routes = [
    ...clockRoutes(parts),
    ...deliveryRoutes(parts),
    ...endpointRoutes(parts.stripe),
    ...faultRoutes(parts),
    ...personRoutes(parts.stripe),
    ...paymentRoutes(parts.stripe, asPerson),
    ...stateRoutes(parts),
  ]
  const answer = async (request: SandboxRequest): Promise<Reply> => {
    if (request.method === 'OPTIONS') return { status: 204, body: '' }
    const theirs = parts.twilioControl[request.path]
    if (theirs) return theirs(request)
    const path = request.path.replace(/^\/_sandbox\//, '')
    for (const [method, pattern, act] of routes) {
      const found = pattern.exec(path)
      if (found && method === request.method) return act(request, decodeURIComponent(found[1] ?? ''))
    }
    return wrong(`The sandbox has no control path ${request.method} ${request.path}.`, 404)
  }
  return {
    owns: ({ path }) => path.startsWith('/_sandbox/'),
    async handle(request) {
      try {
        const reply = await answer(request)
        return { ...reply, headers: { ...cors, ...reply.headers } }
      } catch (error) {
        if (!(error instanceof Refused)) throw error
        return { ...wrong(error.message), headers: cors }
      }
    },
  }
}
