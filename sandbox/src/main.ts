import { createClock } from './clock.ts'
import { createControl } from './control.ts'
import { createDeliveries } from './deliveries.ts'
import { stamp } from './format.ts'
import { randomId } from './ids.ts'
import { startMailServer } from './mail/server.ts'
import { createMover } from './mover.ts'
import { createPages } from './pages/main.ts'
import { type SandboxRequest, type Server, startServer } from './server.ts'
import { changeSettings, type Settings } from './settings.ts'
import { openStore, type Store } from './store.ts'
import { createStripe } from './stripe/main.ts'
import { createTwilio, twilioFaultBody, twilioHosts } from './twilio/main.ts'

const version = '0.1.0'

export type SandboxOptions = {
  /** 0, the default, takes a free port. */
  port?: number
  mailPort?: number
  /** Where the state is kept; without it the sandbox lives in memory only. */
  dataDir?: string | null
  stripe?: {
    secretKey?: string
    webhookEndpoints?: { url: string; secret: string; enabledEvents?: string[] }[]
  }
  twilio?: { accountSid?: string; authToken?: string }
  /** What differs from the usual; `GET /_sandbox/settings` names them all. */
  settings?: Partial<Settings>
  /** ISO 8601; where the clock begins. A state that was kept goes on where it stood. */
  now?: string
  /** `standing`: time passes only where the clock is moved, so that a test sees the same instants at every run. */
  clock?: 'flowing' | 'standing'
}

export type Sandbox = {
  url: string
  smtpUrl: string
  stripe: { secretKey: string }
  twilio: { accountSid: string; authToken: string }
  close(): Promise<void>
}

type Identity = { id: string; sid: string; authToken: string }

const hex = (length: number) =>
  randomId('', length * 4)
    .replace(/[^0-9a-f]/g, '')
    .padEnd(length, '0')
    .slice(0, length)

function twilioIdentity(store: Store, given: SandboxOptions['twilio']): { sid: string; authToken: string } {
  const kept = store.get<Identity>('twilio identity', 'identity')
  const sid = given?.accountSid ?? kept?.sid ?? `AC${hex(32)}`
  const authToken = given?.authToken ?? kept?.authToken ?? hex(32)
  store.put<Identity>('twilio identity', { id: 'identity', sid, authToken })
  return { sid, authToken }
}

/** What a reset leaves: who one is, and who listens. */
const keptByReset = new Set([
  'stripe account',
  'twilio identity',
  'webhook_endpoint',
  'barriers',
  'settings',
  'format',
])

function startOf(now: string | undefined): number | undefined {
  if (now === undefined) return undefined
  const at = Math.floor(Date.parse(now) / 1000)
  if (Number.isNaN(at)) throw new Error(`"now" is no instant: ${now}`)
  return at
}

/** Starts Stripe, Twilio, a mailbox and their one clock on this machine. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  // Events and answers kept under idempotency keys make most of what there is, and are seldom asked for.
  const store = openStore(options.dataDir ?? null, ['event', 'idempotency'])
  stamp(store, options.dataDir ?? null)
  const refused = changeSettings(store, options.settings ?? {})
  if (refused) throw new Error(refused)
  const clock = createClock(store, startOf(options.now), options.clock !== 'standing')
  const deliveries = createDeliveries(store, clock)
  const mover = createMover({ store, clock, deliveries })
  let server: Server | undefined
  const address = () => server?.url ?? 'http://127.0.0.1'
  const { secretKey, webhookEndpoints } = options.stripe ?? {}
  const stripe = createStripe({
    store,
    clock,
    deliveries,
    address,
    ...(secretKey === undefined ? {} : { secretKey }),
    ...(webhookEndpoints ? { endpoints: webhookEndpoints } : {}),
  })
  const account = twilioIdentity(store, options.twilio)
  const twilio = createTwilio({ store, clock, deliveries, account })
  const mail = await startMailServer({ store, clock, port: options.mailPort ?? 0 })
  const control = createControl({
    store,
    clock,
    deliveries,
    mover,
    stripe: stripe.world,
    info: () => ({ version, smtpUrl: mail.url }),
    mails: mail.mails,
    messages: twilio.messages,
    twilioControl: twilio.control,
    reset: () => store.load(store.dump().filter(({ kind }) => keptByReset.has(kind))),
  })
  const pages = createPages(stripe.world)
  const twilioPart = {
    provider: 'twilio' as const,
    owns: ({ host, path }: { host: string; path: string }) =>
      twilioHosts(host) || path.startsWith('/2010-04-01/'),
    // Without a host of Twilio's, as from curl, the path says that its main API is meant.
    handle: (request: SandboxRequest) =>
      twilio.handle(twilioHosts(request.host) ? request : { ...request, host: 'api.twilio.com' }),
    faultBody: twilioFaultBody,
  }
  server = await startServer({
    port: options.port ?? 0,
    store,
    parts: [control, twilioPart, stripe.part, pages],
    afterWork: deliveries.flush,
  })
  store.commit()
  deliveries.flush()
  mover.start()
  return {
    url: server.url,
    smtpUrl: mail.url,
    stripe: { secretKey: stripe.world.account.secretKey },
    twilio: { accountSid: account.sid, authToken: account.authToken },
    async close() {
      deliveries.close()
      await mover.stop()
      await server?.close()
      await mail.close()
      store.close()
    },
  }
}
