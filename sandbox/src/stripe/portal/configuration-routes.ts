import { invalid } from '../api/errors.ts'
import { page, paging } from '../api/lists.ts'
import {
  boolean,
  clearable,
  clearableText,
  mergeMetadata,
  metadata,
  object,
  required,
  type Values,
} from '../api/params.ts'
import { change, emit } from '../events/events.ts'
import { longId, operation, present, type Resource, type World } from '../world.ts'
import {
  type Configuration,
  defaultConfiguration,
  findConfiguration,
  newConfiguration,
} from './configuration.ts'
import { changedFeatures, mergeFeatures, newFeatures, noFeatures } from './features.ts'

const common = {
  business_profile: object({
    headline: clearableText,
    privacy_policy_url: clearableText,
    terms_of_service_url: clearableText,
  }),
  default_return_url: clearableText,
  login_page: object({ enabled: required(boolean) }),
  metadata: clearable(metadata),
  name: clearableText,
}
const creation = { ...common, features: required(newFeatures) }
const updating = { ...common, active: boolean, features: changedFeatures }

function checkUrl(given: string | null | undefined, param: string): void {
  if (given && !/^https?:\/\/.+/.test(given)) throw invalid('Not a valid URL', { param, code: 'url_invalid' })
}

function loginPageOf(
  world: World,
  now: Configuration['login_page'],
  given: { enabled: boolean } | undefined,
) {
  if (!given) return now
  return given.enabled
    ? { enabled: true, url: now.url ?? `${world.address()}/p/login/${longId('test_')}` }
    : { enabled: false, url: null }
}

/** The plain fields that a request asks for, on top of what they were. */
function fieldsOf(
  world: World,
  now: Pick<Configuration, 'business_profile' | 'login_page' | 'metadata'>,
  given: Values<typeof common>,
): Partial<Configuration> {
  checkUrl(given.default_return_url, 'default_return_url')
  checkUrl(given.business_profile?.privacy_policy_url, 'business_profile[privacy_policy_url]')
  checkUrl(given.business_profile?.terms_of_service_url, 'business_profile[terms_of_service_url]')
  if ((given.business_profile?.headline?.length ?? 0) > 60)
    throw invalid('The headline can be at most 60 characters long.', { param: 'business_profile[headline]' })
  return {
    business_profile: { ...now.business_profile, ...given.business_profile },
    ...(given.default_return_url === undefined ? {} : { default_return_url: given.default_return_url }),
    login_page: loginPageOf(world, now.login_page, given.login_page),
    metadata: mergeMetadata(now.metadata, given.metadata),
    ...(given.name === undefined ? {} : { name: given.name }),
  }
}

const nothing: Pick<Configuration, 'business_profile' | 'login_page' | 'metadata'> = {
  business_profile: { headline: null, privacy_policy_url: null, terms_of_service_url: null },
  login_page: { enabled: false, url: null },
  metadata: {},
}

export const portalConfigurations: Resource = {
  object: 'billing_portal.configuration',
  // The products only show when they are expanded.
  view(_world, configuration: Configuration) {
    const { products: _, ...update } = configuration.features.subscription_update
    return { ...configuration, features: { ...configuration.features, subscription_update: update } }
  },
  links: {
    application: 'application',
    'features.subscription_cancel.cancellation_reason.feedback_options': 'billing.feedback_option',
    'features.subscription_update.products': (world, shown) =>
      findConfiguration(world, String(shown.id)).features.subscription_update.products,
  },
  operations: [
    operation('POST /v1/billing_portal/configurations', creation, ({ world, params }) => {
      const made = newConfiguration(world, {
        ...fieldsOf(world, nothing, params),
        features: mergeFeatures(world, noFeatures, params.features),
      })
      emit(world, 'billing_portal.configuration.created', made)
      return present(world, made)
    }),
    operation(
      'GET /v1/billing_portal/configurations',
      { ...paging, active: boolean, is_default: boolean },
      (call) => {
        const { active, is_default: usual } = call.params
        defaultConfiguration(call.world)
        const all = [...call.world.store.all<Configuration>('billing_portal.configuration')]
        const fits = (one: Configuration) =>
          (active === undefined || one.active === active) && (usual === undefined || one.is_default === usual)
        return page(call, all.filter(fits))
      },
    ),
    operation('GET /v1/billing_portal/configurations/{id}', {}, ({ world, ids }) =>
      present(world, findConfiguration(world, ids.id ?? '')),
    ),
    operation('POST /v1/billing_portal/configurations/{id}', updating, ({ world, params, ids }) => {
      const before = findConfiguration(world, ids.id ?? '')
      if (before.is_default && params.active === false)
        throw invalid('The default configuration cannot be deactivated.', { param: 'active' })
      const changes = {
        ...fieldsOf(world, before, params),
        ...(params.active === undefined ? {} : { active: params.active }),
        ...(params.features ? { features: mergeFeatures(world, before.features, params.features) } : {}),
        updated: world.clock.now(),
      }
      return present(world, change(world, before, changes, 'billing_portal.configuration.updated'))
    }),
  ],
}
