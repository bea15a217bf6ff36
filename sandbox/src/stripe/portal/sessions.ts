import { invalid, missing } from '../api/errors.ts'
import { notYetAll, oneOf, required, text } from '../api/params.ts'
import { findCustomer } from '../customers/balance.ts'
import { emit } from '../events/events.ts'
import { longId, operation, present, type Resource, type Stored, type World } from '../world.ts'
import { type Configuration, configurationFor, findConfiguration } from './configuration.ts'
import { type Flow, flowData, flowOf } from './flow.ts'

export type PortalSession = Stored & {
  configuration: string
  created: number
  customer: string
  flow: Flow | null
  return_url: string | null
  url: string
  /** Until when its page opens: each visit moves it on. */
  hidden: { until: number; isDone: boolean }
}

export function findPortalSession(world: World, id: string): PortalSession {
  const found = world.store.get<PortalSession>('billing_portal.session', id)
  if (!found) throw missing('billing portal session', id)
  return found
}

/** The session's configuration as it is now. */
export const configurationOf = (world: World, session: PortalSession): Configuration =>
  findConfiguration(world, session.configuration)

/** Notes a visit, from which the page stays open for a while; undefined where it has expired. */
export function visit(world: World, session: PortalSession): PortalSession | undefined {
  const now = world.clock.now()
  if (session.hidden.until <= now) return undefined
  const until = now + world.settings().portal_visit_seconds
  return world.store.put('billing_portal.session', { ...session, hidden: { ...session.hidden, until } })
}

/** Remembers that the session's flow was completed. */
export const completeFlow = (world: World, session: PortalSession): PortalSession =>
  world.store.put('billing_portal.session', { ...session, hidden: { ...session.hidden, isDone: true } })

/** Makes a session for a customer; its link works for a short time until it is first opened. */
export function openPortal(
  world: World,
  about: {
    customer: string
    configuration: Configuration
    flow: Flow | null
    locale: string | null
    returnUrl: string | null
  },
): PortalSession {
  const id = longId('bps_')
  const now = world.clock.now()
  const session = world.store.put<PortalSession>('billing_portal.session', {
    id,
    object: 'billing_portal.session',
    configuration: about.configuration.id,
    created: now,
    customer: about.customer,
    ...{ customer_account: null },
    flow: about.flow,
    ...{ livemode: false, locale: about.locale, on_behalf_of: null },
    return_url: about.returnUrl,
    url: `${world.address()}/p/session/${id}`,
    hidden: { until: now + world.settings().portal_link_seconds, isDone: false },
  })
  emit(world, 'billing_portal.session.created', session)
  return session
}

const locales = [
  ...['auto', 'bg', 'cs', 'da', 'de', 'el', 'en', 'en-AU', 'en-CA', 'en-GB', 'en-IE', 'en-IN', 'en-NZ'],
  ...['en-SG', 'es', 'es-419', 'et', 'fi', 'fil', 'fr', 'fr-CA', 'hr', 'hu', 'id', 'it', 'ja', 'ko', 'lt'],
  ...['lv', 'ms', 'mt', 'nb', 'nl', 'pl', 'pt', 'pt-BR', 'ro', 'ru', 'sk', 'sl', 'sv', 'th', 'tr', 'vi'],
  ...['zh', 'zh-HK', 'zh-TW'],
]

export const portalSessions: Resource = {
  object: 'billing_portal.session',
  links: { configuration: 'billing_portal.configuration' },
  operations: [
    operation(
      'POST /v1/billing_portal/sessions',
      {
        configuration: text,
        customer: required(text),
        flow_data: flowData,
        locale: oneOf(...locales),
        return_url: text,
        ...notYetAll('after_expiration', 'customer_account', 'on_behalf_of'),
      },
      ({ world, params }) => {
        const customer = findCustomer(world, params.customer, 'customer')
        const configuration = configurationFor(world, params.configuration)
        if (params.return_url !== undefined && !/^https?:\/\/.+/.test(params.return_url))
          throw invalid('Not a valid URL', { param: 'return_url', code: 'url_invalid' })
        const about = { customer: customer.id, configuration }
        const flow = params.flow_data ? flowOf(world, params.flow_data, about) : null
        const session = openPortal(world, {
          customer: customer.id,
          configuration,
          flow,
          locale: params.locale ?? null,
          returnUrl: params.return_url ?? configuration.default_return_url,
        })
        return present(world, session)
      },
    ),
  ],
}
