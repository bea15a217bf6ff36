import { invalid, StripeError } from '../api/errors.ts'
import { page, pagingAndCreated } from '../api/lists.ts'
import {
  boolean,
  clearable,
  clearableText,
  mergeMetadata,
  metadata,
  notYetAll,
  object,
  oneOf,
  required,
  text,
  type Values,
} from '../api/params.ts'
import { checkNotOnPage } from '../checkout/session.ts'
import { findCustomer } from '../customers/balance.ts'
import { change } from '../events/events.ts'
import { type Call, operation, present, type Resource, type World } from '../world.ts'
import {
  cancelSetup,
  confirmSetup,
  createSetupIntent,
  findSetupIntent,
  methodToSetUp,
  type SetupIntent,
  setupRefusal,
} from './setup-intents.ts'

const methodOptions = object({
  card: clearable(
    object({
      request_three_d_secure: oneOf('any', 'automatic', 'challenge'),
      ...notYetAll('mandate_options', 'moto', 'network', 'setup_credential_usage', 'three_d_secure'),
    }),
  ),
  ...notYetAll(
    'acss_debit',
    'amazon_pay',
    'bacs_debit',
    'bizum',
    'blik',
    'card_present',
    'klarna',
    'link',
    'paypal',
    'payto',
    'pix',
    'sepa_debit',
    'upi',
    'us_bank_account',
  ),
})

const confirming = { return_url: text, use_stripe_sdk: boolean }
const creation = {
  ...confirming,
  automatic_payment_methods: object({
    enabled: required(boolean),
    allow_redirects: oneOf('always', 'never'),
  }),
  confirm: boolean,
  customer: text,
  description: text,
  metadata,
  payment_method: text,
  payment_method_options: methodOptions,
  usage: oneOf('off_session', 'on_session'),
  ...notYetAll(
    'allowed_payment_method_types',
    'attach_to_self',
    'confirmation_token',
    'customer_account',
    'excluded_payment_method_types',
    'flow_directions',
    'mandate_data',
    'on_behalf_of',
    'payment_method_configuration',
    'payment_method_data',
    'single_use',
  ),
}
const updating = {
  customer: text,
  description: clearableText,
  metadata,
  payment_method: text,
  payment_method_options: methodOptions,
  ...notYetAll(
    'allowed_payment_method_types',
    'attach_to_self',
    'customer_account',
    'excluded_payment_method_types',
    'flow_directions',
    'payment_method_configuration',
    'payment_method_data',
  ),
}
const confirmation = {
  ...confirming,
  payment_method: text,
  payment_method_options: methodOptions,
  ...notYetAll('allowed_payment_method_types', 'confirmation_token', 'mandate_data', 'payment_method_data'),
}

const plainCard = { mandate_options: null, network: null, request_three_d_secure: 'automatic' as const }
type Options = Values<typeof confirmation>['payment_method_options']
const optionsOf = (now: SetupIntent['payment_method_options'], given: Options) =>
  given ? { card: { ...now.card, ...given.card } as SetupIntent['payment_method_options']['card'] } : now

/** Adds the intent to a refusal about its payment method. */
function shownWith<T>(world: World, intent: SetupIntent, act: () => T): T {
  try {
    return act()
  } catch (error) {
    if (!(error instanceof StripeError) || error.keep) throw error
    throw new StripeError(error.status, { ...error.fields, setup_intent: present(world, intent) })
  }
}

const over: Partial<Record<SetupIntent['status'], string>> = {
  succeeded: 'it has already succeeded',
  canceled: 'it has been canceled',
}

function confirm(world: World, intent: SetupIntent, given: Values<typeof confirmation>): SetupIntent {
  const chosen = given.payment_method ?? intent.payment_method
  if (!chosen) {
    throw setupRefusal(
      world,
      intent,
      "You cannot confirm this SetupIntent because it's missing a payment method. You can either update the SetupIntent with a payment method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken.",
    )
  }
  const why = over[intent.status]
  if (why) throw setupRefusal(world, intent, `You cannot confirm this SetupIntent because ${why}.`)
  const methods = intent.automatic_payment_methods
  const redirects = methods?.enabled && methods.allow_redirects !== 'never'
  if (redirects && !given.return_url && !given.use_stripe_sdk && world.settings().redirecting_methods) {
    throw invalid(
      "This SetupIntent is configured to accept payment methods enabled in your Dashboard. Because some of these payment methods might redirect your customer off of your page, you must provide a `return_url`. If you don't want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` and `automatic_payment_methods[allow_redirects]` to `never` when creating Setup Intents and Payment Intents.",
      { param: 'return_url' },
    )
  }
  const method = shownWith(world, intent, () => methodToSetUp(world, chosen, intent.customer))
  const options = optionsOf(intent.payment_method_options, given.payment_method_options)
  return confirmSetup(world, { ...intent, payment_method_options: options }, method.id, {
    returnUrl: given.return_url ?? null,
    stripeSdk: given.use_stripe_sdk ?? false,
  })
}

function create({ world, params }: Call<Values<typeof creation>>): object {
  const { return_url: back, use_stripe_sdk: sdk, automatic_payment_methods: methods } = params
  if (back !== undefined && !params.confirm) {
    throw invalid('You may only specify `return_url` when `confirm` is true.', { param: 'return_url' })
  }
  const customer = params.customer === undefined ? null : findCustomer(world, params.customer, 'customer').id
  const method =
    params.payment_method === undefined ? null : methodToSetUp(world, params.payment_method, customer)
  const intent = createSetupIntent(world, {
    automatic_payment_methods: methods
      ? { allow_redirects: 'always', ...methods }
      : { allow_redirects: 'always', enabled: true },
    customer,
    description: params.description ?? null,
    metadata: mergeMetadata({}, params.metadata),
    payment_method: method?.id ?? null,
    payment_method_options: optionsOf({ card: plainCard }, params.payment_method_options),
    usage: params.usage ?? 'off_session',
  })
  if (!params.confirm) return present(world, intent)
  const given = {
    ...(back === undefined ? {} : { return_url: back }),
    ...(sdk === undefined ? {} : { use_stripe_sdk: sdk }),
  }
  return present(world, confirm(world, intent, given))
}

function update({ world, params, ids }: Call<Values<typeof updating>>): object {
  const before = findSetupIntent(world, ids.id)
  const moves = ['payment_method', 'payment_method_options'] as const
  const why = over[before.status]
  if (why && moves.some((name) => params[name] !== undefined))
    throw setupRefusal(world, before, `You cannot update this SetupIntent because ${why}.`)
  const customer =
    params.customer === undefined ? before.customer : findCustomer(world, params.customer, 'customer').id
  const chosen = params.payment_method
  const method =
    chosen === undefined ? undefined : shownWith(world, before, () => methodToSetUp(world, chosen, customer))
  const changes = {
    customer,
    ...(params.description === undefined ? {} : { description: params.description }),
    metadata: mergeMetadata(before.metadata, params.metadata),
    ...(method
      ? { next_action: null, payment_method: method.id, status: 'requires_confirmation' as const }
      : {}),
    payment_method_options: optionsOf(before.payment_method_options, params.payment_method_options),
  }
  return present(world, change(world, before, changes, null))
}

function cancel(world: World, id: string | undefined, reason: string | undefined): object {
  const intent = findSetupIntent(world, id)
  if (intent.status === 'canceled')
    throw setupRefusal(world, intent, 'You cannot cancel this SetupIntent because it is already canceled.')
  if (intent.status === 'succeeded') {
    throw setupRefusal(
      world,
      intent,
      'You cannot cancel this SetupIntent because it has a status of succeeded. Only a SetupIntent with one of the following statuses may be canceled: `requires_payment_method`, `requires_confirmation`, or `requires_action`.',
    )
  }
  return present(world, cancelSetup(world, intent, reason ?? null))
}

export const setupIntents: Resource = {
  object: 'setup_intent',
  links: {
    application: 'application',
    customer: 'customer',
    on_behalf_of: 'account',
    payment_method: 'payment_method',
    single_use_mandate: 'mandate',
    'last_setup_error.payment_method': 'payment_method',
    latest_attempt: 'setup_attempt',
    mandate: 'mandate',
  },
  start(world) {
    world.store.index<SetupIntent>('setup_intent', 'customer', ({ customer }) => customer)
  },
  operations: [
    operation('POST /v1/setup_intents', creation, create),
    operation(
      'GET /v1/setup_intents',
      {
        ...pagingAndCreated,
        customer: text,
        payment_method: text,
        ...notYetAll('attach_to_self', 'customer_account'),
      },
      (call) => {
        const { customer, payment_method: method } = call.params
        const { store } = call.world
        const from =
          customer === undefined
            ? [...store.all<SetupIntent>('setup_intent')]
            : store.by<SetupIntent>('setup_intent', 'customer', customer)
        return page(
          call,
          from.filter((intent) => method === undefined || intent.payment_method === method),
        )
      },
    ),
    operation('GET /v1/setup_intents/{id}', { client_secret: text }, ({ world, params, ids }) => {
      const intent = findSetupIntent(world, ids.id)
      const { client_secret: given } = params
      if (given === undefined || given === intent.client_secret) return present(world, intent)
      throw invalid('The client_secret provided does not match the client_secret of this SetupIntent.', {
        param: 'client_secret',
      })
    }),
    operation('POST /v1/setup_intents/{id}', updating, update),
    operation('POST /v1/setup_intents/{id}/confirm', confirmation, ({ world, params, ids }) => {
      const intent = findSetupIntent(world, ids.id)
      checkNotOnPage(world, intent, 'confirm')
      return present(world, confirm(world, intent, params))
    }),
    operation(
      'POST /v1/setup_intents/{id}/cancel',
      { cancellation_reason: oneOf('abandoned', 'duplicate', 'requested_by_customer') },
      ({ world, params, ids }) => {
        checkNotOnPage(world, findSetupIntent(world, ids.id), 'cancel')
        return cancel(world, ids.id, params.cancellation_reason)
      },
    ),
  ],
}
