import { randomId } from '../ids.ts'
import { findCustomer } from './balance.ts'
import { cardOf } from './cards.ts'
import { invalid, missing } from './errors.ts'
import { emit } from './events.ts'
import { page, pagingAndCreated } from './lists.ts'
import { boolean, mergeMetadata, metadata, notYetAll, object, oneOf, required, text } from './params.ts'
import { attachTo, findPaymentMethod, markSetUp } from './payment-methods.ts'
import { longId, operation, present, type Resource, type Stored, type World } from './world.ts'

export type SetupIntent = Stored & {
  created: number
  customer: string | null
  metadata: Record<string, string>
  payment_method: string | null
  status: 'requires_payment_method' | 'requires_confirmation' | 'requires_action' | 'succeeded' | 'canceled'
}

export function findSetupIntent(world: World, id = ''): SetupIntent {
  const found = world.store.get<SetupIntent>('setup_intent', id)
  if (!found) throw missing('setupintent', id)
  return found
}

type NewSetupIntent = {
  automatic_payment_methods?: object
  customer?: string
  description?: string
  metadata?: Record<string, string> | null
  payment_method?: string
  usage?: 'off_session' | 'on_session'
}

/** Makes an intent to save a card; also for Checkout, whose sessions in setup mode have one from their start. */
export function createSetupIntent(world: World, given: NewSetupIntent): SetupIntent {
  const id = longId('seti_')
  const customer = given.customer === undefined ? null : findCustomer(world, given.customer, 'customer').id
  const method = given.payment_method === undefined ? null : findPaymentMethod(world, given.payment_method)
  const intent: SetupIntent = {
    id,
    object: 'setup_intent',
    ...constants,
    ...{
      automatic_payment_methods: given.automatic_payment_methods
        ? { allow_redirects: 'always', ...given.automatic_payment_methods }
        : null,
      client_secret: `${id}_secret_${randomId('', 25)}`,
      description: given.description ?? null,
      usage: given.usage ?? 'off_session',
    },
    created: world.clock.now(),
    customer,
    metadata: mergeMetadata({}, given.metadata),
    payment_method: method?.id ?? null,
    status: method ? 'requires_confirmation' : 'requires_payment_method',
  }
  world.store.put('setup_intent', intent)
  emit(world, 'setup_intent.created', intent)
  return intent
}

/** Saves a card by an intent, or leaves it to the person where the card asks for 3-D Secure. */
export function confirmSetup(world: World, intent: SetupIntent, methodId: string): SetupIntent {
  const method = intent.customer
    ? attachTo(world, methodId, intent.customer)
    : findPaymentMethod(world, methodId)
  const asks = cardOf(method.hidden.number).threeDSecure
  const url = `${world.address()}/authenticate/${intent.id}`
  const next = asks ? { redirect_to_url: { return_url: null, url }, type: 'redirect_to_url' } : null
  const after = {
    ...intent,
    next_action: next,
    payment_method: method.id,
    status: asks ? ('requires_action' as const) : ('succeeded' as const),
  }
  world.store.put<SetupIntent>('setup_intent', after)
  emit(world, asks ? 'setup_intent.requires_action' : 'setup_intent.succeeded', after)
  return after
}

/** What a person does at the 3-D Secure step of a setup. */
export function finishSetup(world: World, id: string, passed: boolean): SetupIntent {
  const intent = findSetupIntent(world, id)
  if (intent.status !== 'requires_action' || !intent.payment_method)
    throw invalid(`This SetupIntent is ${intent.status}.`, { code: 'setup_intent_unexpected_state' })
  if (passed) markSetUp(world, intent.payment_method)
  const status = passed ? ('succeeded' as const) : ('requires_payment_method' as const)
  const after = world.store.put<SetupIntent>('setup_intent', { ...intent, ...{ next_action: null }, status })
  emit(world, passed ? 'setup_intent.succeeded' : 'setup_intent.setup_failed', after)
  return after
}

export const setupIntents: Resource = {
  object: 'setup_intent',
  links: {
    customer: 'customer',
    payment_method: 'payment_method',
    latest_attempt: 'setup_attempt',
    mandate: 'mandate',
  },
  start(world) {
    world.store.index<SetupIntent>('setup_intent', 'customer', ({ customer }) => customer)
  },
  operations: [
    operation(
      'POST /v1/setup_intents',
      {
        automatic_payment_methods: object({
          enabled: required(boolean),
          allow_redirects: oneOf('always', 'never'),
        }),
        confirm: boolean,
        customer: text,
        description: text,
        metadata,
        payment_method: text,
        return_url: text,
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
          'payment_method_options',
          'single_use',
          'use_stripe_sdk',
        ),
      },
      ({ world, params }) => {
        const { confirm: confirms, return_url: _, ...given } = params
        const intent = createSetupIntent(world, given)
        return present(
          world,
          confirms && intent.payment_method ? confirmSetup(world, intent, intent.payment_method) : intent,
        )
      },
    ),
    operation(
      'GET /v1/setup_intents',
      { ...pagingAndCreated, customer: text, payment_method: text },
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
    operation('GET /v1/setup_intents/{id}', { client_secret: text }, ({ world, ids }) =>
      present(world, findSetupIntent(world, ids.id)),
    ),
    operation(
      'POST /v1/setup_intents/{id}/confirm',
      { payment_method: text, return_url: text },
      ({ world, params, ids }) => {
        const intent = findSetupIntent(world, ids.id)
        const method = params.payment_method ?? intent.payment_method
        if (!method)
          throw invalid('You cannot confirm this SetupIntent because it is missing a payment method.', {
            code: 'setup_intent_unexpected_state',
          })
        if (intent.status === 'succeeded' || intent.status === 'canceled') {
          throw invalid(`You cannot confirm this SetupIntent because it is ${intent.status}.`, {
            code: 'setup_intent_unexpected_state',
          })
        }
        return present(world, confirmSetup(world, intent, method))
      },
    ),
  ],
}

const constants = {
  allowed_payment_method_types: null,
  application: null,
  cancellation_reason: null,
  excluded_payment_method_types: null,
  flow_directions: null,
  last_setup_error: null,
  latest_attempt: null,
  livemode: false,
  mandate: null,
  next_action: null,
  on_behalf_of: null,
  payment_method_configuration_details: null,
  payment_method_options: {
    card: { mandate_options: null, network: null, request_three_d_secure: 'automatic' },
  },
  payment_method_types: ['card'],
  single_use_mandate: null,
}
