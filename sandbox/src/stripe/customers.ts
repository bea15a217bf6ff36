import { randomId } from '../ids.ts'
import { type Customer, changeBalance, findCustomer } from './balance.ts'
import { invalid, missing } from './errors.ts'
import { change, emit } from './events.ts'
import { page, pagingAndCreated } from './lists.ts'
import {
  address,
  clearable,
  clearableText,
  integer,
  list,
  mergeMetadata,
  metadata,
  notYetAll,
  object,
  oneOf,
  required,
  text,
  type Values,
} from './params.ts'
import { attachTo, type PaymentMethod } from './payment-methods.ts'
import { searchIn } from './search.ts'
import { checkRoom } from './test-clocks/test-clock.ts'
import { type Call, operation, present, type Resource, shortId, tell, type World } from './world.ts'

const fields = {
  address: clearable(address),
  balance: integer,
  description: clearableText,
  email: clearableText,
  invoice_prefix: text,
  invoice_settings: object({
    default_payment_method: clearableText,
    footer: clearableText,
    ...notYetAll('custom_fields', 'rendering_options'),
  }),
  metadata,
  name: clearableText,
  phone: clearableText,
  preferred_locales: list(text),
  shipping: clearable(object({ address: required(address), name: required(text), phone: clearableText })),
  tax_exempt: clearable(oneOf('none', 'exempt', 'reverse')),
  ...notYetAll(
    'business_name',
    'individual_name',
    'cash_balance',
    'tax',
    'tax_id_data',
    'source',
    'validate',
  ),
}
const creation = { ...fields, payment_method: text, next_invoice_sequence: integer, test_clock: text }

const wholeAddress = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null }

function checkEmail(email: string | null | undefined): void {
  if (!email || /^[^\s@]+@[^\s@]+$/.test(email)) return
  throw invalid(`Invalid email address: ${email}`, { param: 'email', code: 'email_invalid' })
}

function checkDefault(world: World, customer: string, id: string): void {
  const method = world.store.get<PaymentMethod>('payment_method', id)
  if (!method) throw missing('PaymentMethod', id, 'invoice_settings[default_payment_method]')
  if (method.customer === customer) return
  throw invalid(
    `The customer does not have a payment method with the ID ${id}. The payment method must be attached to the customer.`,
    { param: 'invoice_settings[default_payment_method]', code: 'resource_missing' },
  )
}

/** The changes that the parameters ask for. */
function changesOf(world: World, now: Customer, params: Values<typeof fields>): Partial<Customer> {
  checkEmail(params.email)
  const {
    balance: _,
    metadata: given,
    invoice_settings: settings,
    address: where,
    shipping,
    tax_exempt: exempt,
    ...plain
  } = params
  const method = settings?.default_payment_method
  if (method) checkDefault(world, now.id, method)
  return {
    ...plain,
    ...(where === undefined ? {} : { address: where && { ...wholeAddress, ...where } }),
    ...(shipping === undefined
      ? {}
      : {
          shipping: shipping && {
            carrier: null,
            phone: null,
            tracking_number: null,
            ...shipping,
            address: { ...wholeAddress, ...shipping.address },
          },
        }),
    ...(exempt === undefined ? {} : { tax_exempt: exempt ?? 'none' }),
    ...(settings ? { invoice_settings: { ...now.invoice_settings, ...settings } } : {}),
    metadata: mergeMetadata(now.metadata, given),
  } as Partial<Customer>
}

/** Makes a customer; also for Checkout, which makes one where the session names none. */
export function newCustomer(world: World, params: Values<typeof creation>): Customer {
  const blank: Customer = {
    id: shortId('cus_'),
    object: 'customer',
    address: null,
    balance: 0,
    created: world.clock.now(),
    currency: null,
    ...{ customer_account: null, default_source: null, discount: null, livemode: false },
    delinquent: false,
    description: null,
    email: null,
    invoice_prefix: randomId('', 8).toUpperCase(),
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: null,
      rendering_options: null,
    },
    metadata: {},
    name: null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: params.test_clock ?? null,
  }
  if (params.test_clock !== undefined) checkRoom(world, params.test_clock)
  const { payment_method: method, next_invoice_sequence: sequence, test_clock: _, ...fieldsGiven } = params
  // Stored before the payment method is attached, which looks it up.
  world.store.put('customer', blank)
  if (method) {
    const { id } = attachTo(world, method, blank.id)
    // A test card's name stands for the payment method that it became.
    const settings = fieldsGiven.invoice_settings
    if (settings?.default_payment_method === method)
      fieldsGiven.invoice_settings = { ...settings, default_payment_method: id }
  }
  const numbered = sequence ? { next_invoice_sequence: sequence } : {}
  const first = world.store.put('customer', {
    ...blank,
    ...changesOf(world, blank, fieldsGiven),
    ...numbered,
  })
  emit(world, 'customer.created', first)
  if (params.balance) changeBalance(world, first.id, params.balance, 'adjustment')
  return findCustomer(world, first.id)
}

function remove({ world, ids }: Call<unknown>): object {
  const customer = findCustomer(world, ids.id ?? '')
  // Its subscriptions end first, then the customer goes.
  tell(world, 'customer.deleting', customer)
  emit(world, 'customer.deleted', customer)
  world.store.put('customer', { ...customer, deleted: true })
  return { id: customer.id, object: 'customer', deleted: true }
}

export const customers: Resource = {
  object: 'customer',
  view: (_world, customer: Customer) =>
    customer.deleted ? { id: customer.id, object: 'customer', deleted: true } : customer,
  links: {
    default_source: 'card',
    discount: 'discount',
    test_clock: 'test_helpers.test_clock',
    'invoice_settings.default_payment_method': 'payment_method',
    tax: () => ({
      automatic_tax: 'unrecognized_location',
      ip_address: null,
      location: null,
      provider: 'stripe',
    }),
    subscriptions: (world, customer) => {
      const found = world.store.by<{ status: string }>('subscription', 'customer', String(customer.id))
      const live = found
        .filter(({ status }) => status !== 'canceled' && status !== 'incomplete_expired')
        .reverse()
      const url = `/v1/customers/${customer.id}/subscriptions`
      return {
        object: 'list',
        data: live.slice(0, 10).map((one) => present(world, one)),
        has_more: live.length > 10,
        total_count: live.length,
        url,
      }
    },
    sources: (_world, customer) => ({
      object: 'list',
      data: [],
      has_more: false,
      total_count: 0,
      url: `/v1/customers/${customer.id}/sources`,
    }),
    invoice_credit_balance: () => ({}),
  },
  start(world) {
    world.store.index<Customer>('customer', 'email', (customer) => (customer.deleted ? null : customer.email))
  },
  operations: [
    operation('POST /v1/customers', creation, ({ world, params }) =>
      present(world, newCustomer(world, params)),
    ),
    operation('GET /v1/customers', { ...pagingAndCreated, email: text, test_clock: text }, (call) => {
      const { email, test_clock: testClock = null } = call.params
      const { store } = call.world
      const found =
        email === undefined ? store.all<Customer>('customer') : store.by<Customer>('customer', 'email', email)
      return page(
        call,
        [...found].filter((customer) => !customer.deleted && customer.test_clock === testClock),
      )
    }),
    operation('GET /v1/customers/search', { query: required(text), limit: integer, page: text }, (call) =>
      searchIn(
        call,
        [...call.world.store.all<Customer>('customer')].filter((customer) => !customer.deleted),
        {
          email: (customer) => customer.email,
          name: (customer) => customer.name,
          phone: (customer) => customer.phone,
          created: (customer) => customer.created,
          metadata: (customer) => customer.metadata,
        },
      ),
    ),
    operation('GET /v1/customers/{id}', {}, ({ world, ids }) => {
      const found = world.store.get<Customer>('customer', ids.id ?? '')
      if (!found) throw missing('customer', ids.id ?? '')
      return present(world, found)
    }),
    operation('POST /v1/customers/{id}', fields, ({ world, params, ids }) => {
      const before = findCustomer(world, ids.id ?? '')
      change(world, before, changesOf(world, before, params), 'customer.updated')
      if (params.balance !== undefined && params.balance !== before.balance) {
        changeBalance(world, before.id, params.balance - before.balance, 'adjustment')
      }
      return present(world, findCustomer(world, before.id))
    }),
    operation('DELETE /v1/customers/{id}', {}, remove),
  ],
}
