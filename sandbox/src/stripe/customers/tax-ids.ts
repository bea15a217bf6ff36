import { invalid, missing } from '../api/errors.ts'
import { page, paging } from '../api/lists.ts'
import { notYetAll, object, oneOf, required, text } from '../api/params.ts'
import { emit } from '../events/events.ts'
import { innerList, longId, operation, present, type Resource, type Stored, type World } from '../world.ts'
import { findCustomer } from './balance.ts'

export type TaxId = Stored & { created: number; customer: string | null; type: string; value: string }

/** The types of tax ids that name no country by their first letters. */
const without = ['eu_oss_vat', 'eu_vat', 'unknown']

const typeForm = /^[a-z]{2}_[a-z0-9_]+$/

/** Keeps a tax id as it was given: nobody here verifies it, which an EU VAT id shows as pending. */
export function newTaxId(
  world: World,
  customer: string | null,
  given: { type: string; value: string },
): TaxId {
  if (!typeForm.test(given.type)) throw invalid(`Invalid type: ${given.type}`, { param: 'type' })
  const country = without.includes(given.type)
    ? given.value.slice(0, 2).toUpperCase()
    : given.type.slice(0, 2).toUpperCase()
  const verified = ['au_abn', 'eu_vat', 'gb_vat'].includes(given.type) ? 'pending' : 'unavailable'
  const taxId = {
    id: longId('txi_'),
    object: 'tax_id',
    country,
    created: world.clock.now(),
    customer,
    customer_account: null,
    livemode: false,
    owner: customer
      ? { customer, customer_account: null, type: 'customer' }
      : { customer_account: null, type: 'self' },
    ...given,
    verification: customer ? { status: verified, verified_address: null, verified_name: null } : null,
  }
  world.store.put<TaxId>('tax_id', taxId)
  if (customer) emit(world, 'customer.tax_id.created', taxId)
  return taxId
}

function find(world: World, id = '', customer?: string): TaxId {
  const found = world.store.get<TaxId>('tax_id', id)
  if (!found || (customer !== undefined && found.customer !== customer)) throw missing('tax_id', id)
  return found
}

function remove(world: World, taxId: TaxId): object {
  world.store.remove('tax_id', taxId.id)
  if (taxId.customer) emit(world, 'customer.tax_id.deleted', taxId)
  return { id: taxId.id, object: 'tax_id', deleted: true }
}

const taxIdsOf = (world: World, customer: string): TaxId[] =>
  world.store.by<TaxId>('tax_id', 'customer', customer)

/** A customer's tax ids, as they show where the customer is expanded by them. */
export const shownTaxIds = (world: World, customer: string): object =>
  innerList(
    `/v1/customers/${customer}/tax_ids`,
    taxIdsOf(world, customer)
      .reverse()
      .map((one) => present(world, one)),
    10,
  )

const given = { type: required(text), value: required(text) }
const owner = object({
  type: required(oneOf('customer', 'self', 'account', 'application')),
  customer: text,
  ...notYetAll('account', 'customer_account'),
})

/** The customer that owns, null for the account itself. */
function ownerOf(world: World, asked: { type: string; customer?: string } | undefined): string | null {
  if (!asked || asked.type === 'self') return null
  if (asked.type === 'customer') return findCustomer(world, asked.customer ?? '', 'owner[customer]').id
  throw invalid(`The sandbox does not implement tax ids of the owner ${asked.type}.`, {
    param: 'owner[type]',
  })
}

export const taxIds: Resource = {
  object: 'tax_id',
  links: { customer: 'customer', 'owner.customer': 'customer' },
  start(world) {
    world.store.index<TaxId>('tax_id', 'customer', ({ customer }) => customer)
  },
  operations: [
    operation('POST /v1/customers/{id}/tax_ids', given, ({ world, params, ids }) =>
      present(world, newTaxId(world, findCustomer(world, ids.id ?? '').id, params)),
    ),
    operation('GET /v1/customers/{id}/tax_ids', paging, (call) =>
      page(call, taxIdsOf(call.world, findCustomer(call.world, call.ids.id ?? '').id)),
    ),
    operation('GET /v1/customers/{customer}/tax_ids/{id}', {}, ({ world, ids }) =>
      present(world, find(world, ids.id, ids.customer)),
    ),
    operation('DELETE /v1/customers/{customer}/tax_ids/{id}', {}, ({ world, ids }) =>
      remove(world, find(world, ids.id, ids.customer)),
    ),
    operation('POST /v1/tax_ids', { ...given, owner }, ({ world, params }) => {
      const { owner: asked, ...rest } = params
      return present(world, newTaxId(world, ownerOf(world, asked), rest))
    }),
    operation('GET /v1/tax_ids', { ...paging, owner }, (call) => {
      const { owner: asked } = call.params
      const whose = ownerOf(call.world, asked)
      const found = [...call.world.store.all<TaxId>('tax_id')]
      return page(
        call,
        found.filter(({ customer }) => customer === whose),
      )
    }),
    operation('GET /v1/tax_ids/{id}', {}, ({ world, ids }) => present(world, find(world, ids.id))),
    operation('DELETE /v1/tax_ids/{id}', {}, ({ world, ids }) => remove(world, find(world, ids.id))),
  ],
}
