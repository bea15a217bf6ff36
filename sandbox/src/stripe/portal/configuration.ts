import { invalid, missing } from '../api/errors.ts'
import { longId, type Stored, type World } from '../world.ts'
import { type Features, mergeFeatures, noFeatures, reasons } from './features.ts'

export type Configuration = Stored & {
  active: boolean
  business_profile: {
    headline: string | null
    privacy_policy_url: string | null
    terms_of_service_url: string | null
  }
  created: number
  default_return_url: string | null
  features: Features
  is_default: boolean
  login_page: { enabled: boolean; url: string | null }
  metadata: Record<string, string>
  name: string | null
  updated: number
}

export function newConfiguration(world: World, given: Partial<Configuration>): Configuration {
  const now = world.clock.now()
  return world.store.put<Configuration>('billing_portal.configuration', {
    id: longId('bpc_'),
    object: 'billing_portal.configuration',
    active: true,
    ...{ application: null },
    business_profile: { headline: null, privacy_policy_url: null, terms_of_service_url: null },
    created: now,
    default_return_url: null,
    features: noFeatures,
    is_default: false,
    ...{ livemode: false },
    login_page: { enabled: false, url: null },
    metadata: {},
    name: null,
    updated: now,
    ...given,
  })
}

/** What the default of an account allows whose owner saved it as the Dashboard offers it. */
const usualFeatures = (world: World): Features =>
  mergeFeatures(world, noFeatures, {
    customer_update: { allowed_updates: ['address', 'email', 'name', 'phone'], enabled: true },
    invoice_history: { enabled: true },
    payment_method_update: { enabled: true },
    subscription_cancel: {
      cancellation_reason: { enabled: true, options: [...reasons] },
      enabled: true,
      mode: 'at_period_end',
      proration_behavior: 'none',
    },
  })

/** The account's default configuration, where its owner has saved one. It stands from the first time it is looked for. */
export function defaultConfiguration(world: World): Configuration | undefined {
  const found = [...world.store.all<Configuration>('billing_portal.configuration')].find(
    (one) => one.is_default,
  )
  if (found || !world.settings().portal_default_saved) return found
  return newConfiguration(world, { features: usualFeatures(world), is_default: true })
}

export function findConfiguration(world: World, id: string, param = 'id'): Configuration {
  const found = world.store.get<Configuration>('billing_portal.configuration', id)
  if (!found) throw missing('configuration', id, param)
  return found
}

/** The configuration that a new session uses: the one that it names, or the account's default. */
export function configurationFor(world: World, id: string | undefined): Configuration {
  if (id === undefined) {
    const usual = defaultConfiguration(world)
    if (usual) return usual
    throw invalid(
      'No configuration provided and your test mode default configuration has not been created. Provide a configuration or create your default by saving your customer portal settings in test mode at https://dashboard.stripe.com/test/settings/billing/portal.',
    )
  }
  const found = findConfiguration(world, id, 'configuration')
  if (found.active) return found
  throw invalid(`The configuration ${id} is not active and cannot be used to create portal sessions.`, {
    param: 'configuration',
  })
}
