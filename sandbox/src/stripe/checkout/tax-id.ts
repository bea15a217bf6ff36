import { invalid } from '../api/errors.ts'
import { newTaxId } from '../customers/tax-ids.ts'
import type { World } from '../world.ts'
import type { Given } from './parameters.ts'
import type { Entered } from './person.ts'
import type { Session } from './session.ts'

/** The kinds of tax ids that the page offers, and the countries in which each is the one to ask for. */
export const taxIdTypes: { type: string; label: string; countries: string[] }[] = [
  { type: 'eu_vat', label: 'EU VAT', countries: ['DE', 'ES', 'FR', 'IT', 'NL'] },
  { type: 'gb_vat', label: 'GB VAT', countries: ['GB'] },
  { type: 'ca_gst_hst', label: 'CA GST/HST', countries: ['CA'] },
  { type: 'au_abn', label: 'AU ABN', countries: ['AU'] },
  { type: 'in_gst', label: 'IN GST', countries: ['IN'] },
]

const known = new Set(taxIdTypes.map(({ type }) => type))

/** A tax id belongs to a name, which the session must be allowed to put on a customer that exists. */
export function checkTaxIdCollection(given: Given): void {
  const updates = given.customer === undefined || given.customer_update?.name === 'auto'
  if (!given.tax_id_collection?.enabled || updates) return
  throw invalid(
    'Tax ID collection requires updating business name on the customer. To enable tax ID collection for an existing customer, please set `customer_update[name]` to `auto`.',
    { param: 'customer_update[name]' },
  )
}

/** The tax id that a person typed, refused where it is needed and missing; null where there is none. */
export function taxIdOf(
  session: Session,
  { address, taxId }: Entered,
): { type: string; value: string } | null {
  const asked = session.tax_id_collection
  if (!asked?.enabled) return null
  const value = taxId?.value.trim() ?? ''
  const country = address?.country ?? ''
  const supported = taxIdTypes.some(({ countries }) => countries.includes(country))
  if (!value && asked.required === 'if_supported' && supported)
    throw invalid('A tax ID is needed to complete this Checkout Session.', {
      param: 'tax_id',
      code: 'parameter_missing',
    })
  if (!value || !taxId) return null
  if (!known.has(taxId.type)) throw invalid('Choose what kind of tax ID this is.', { param: 'tax_id[type]' })
  return { type: taxId.type, value }
}

/** Keeps the tax id with the customer, once. */
export function keepTaxId(world: World, customer: string | null, taxId: ReturnType<typeof taxIdOf>): void {
  if (!taxId || customer === null) return
  const has = world.store
    .by<{ type: string; value: string }>('tax_id', 'customer', customer)
    .some(({ type, value }) => type === taxId.type && value === taxId.value)
  if (!has) newTaxId(world, customer, taxId)
}
