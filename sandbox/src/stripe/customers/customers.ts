import { missing } from '../api/errors.ts'
import { page, pagingAndCreated } from '../api/lists.ts'
import { integer, required, text, type Values } from '../api/params.ts'
import { searchIn } from '../api/search.ts'
import { change, emit } from '../events/events.ts'
import { attachTo } from '../payments/payment-methods.ts'
import { checkRoom } from '../test-clocks/test-clock.ts'
import { type Call, operation, present, type Resource, shortId, tell, type World } from '../world.ts'
import { type Customer, changeBalance, findCustomer } from './balance.ts'
import { changesOf, newPrefix } from './change.ts'
import { creation, updating } from './parameters.ts'
import { keepTax, taxOf } from './tax.ts'
import { newTaxId, shownTaxIds } from './tax-ids.ts'

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
    invoice_prefix: newPrefix(world),
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
  const { payment_method: method, tax, tax_id_data: taxIds, test_clock: _, ...fieldsGiven } = params
  // Stored before the payment method is attached, which looks it up.
  world.store.put('customer', blank)
  if (method) {
    const { id } = attachTo(world, method, blank.id)
    // A test card's name stands for the payment method that it became.
    const settings = fieldsGiven.invoice_settings
    if (settings?.default_payment_method === method)
      fieldsGiven.invoice_settings = { ...settings, default_payment_method: id }
  }
  const first = world.store.put('customer', { ...blank, ...changesOf(world, blank, fieldsGiven) })
  keepTax(world, first, tax)
  emit(world, 'customer.created', first)
  for (const given of taxIds ?? []) newTaxId(world, first.id, given)
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
  view(_world, customer: Customer) {
    if (customer.deleted) return { id: customer.id, object: 'customer', deleted: true }
    // Names that were not given, or were taken away, do not show at all.
    const { business_name: business, individual_name: individual, ...shown } = customer
    return {
      ...shown,
      ...(business ? { business_name: business } : {}),
      ...(individual ? { individual_name: individual } : {}),
    }
  },
  links: {
    default_source: 'card',
    discount: 'discount',
    test_clock: 'test_helpers.test_clock',
    'invoice_settings.default_payment_method': 'payment_method',
    tax: (world, customer) => taxOf(world, customer as unknown as Customer),
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
    tax_ids: (world, customer) => shownTaxIds(world, String(customer.id)),
    // Here credit is above zero, unlike in `balance`.
    invoice_credit_balance: (_world, { balance, currency }) =>
      balance === 0 ? {} : { [String(currency)]: -Number(balance) },
  },
  start(world) {
    world.store.index<Customer>('customer', 'prefix', (customer) => customer.invoice_prefix)
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
    operation('POST /v1/customers/{id}', updating, ({ world, params, ids }) => {
      const before = findCustomer(world, ids.id ?? '')
      const { tax, ...fields } = params
      keepTax(world, change(world, before, changesOf(world, before, fields), 'customer.updated'), tax)
      if (params.balance !== undefined && params.balance !== before.balance) {
        changeBalance(world, before.id, params.balance - before.balance, 'adjustment')
      }
      return present(world, findCustomer(world, before.id))
    }),
    operation('DELETE /v1/customers/{id}', {}, remove),
  ],
}
