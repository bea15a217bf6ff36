import { invalid, missing } from '../api/errors.ts'
import { page, pagingAndCreated } from '../api/lists.ts'
import {
  boolean,
  clearableText,
  decimal,
  mergeMetadata,
  metadata,
  oneOf,
  required,
  text,
  type Values,
} from '../api/params.ts'
import { change, emit } from '../events/events.ts'
import { longId, operation, present, type Resource, type Stored, type World } from '../world.ts'

export type TaxRate = Stored & {
  active: boolean
  country: string | null
  created: number
  description: string | null
  display_name: string
  effective_percentage: number | null
  inclusive: boolean
  jurisdiction: string | null
  metadata: Record<string, string>
  percentage: number
  state: string | null
  tax_type: string | null
}

export function findTaxRate(world: World, id: string, param = 'id'): TaxRate {
  const found = world.store.get<TaxRate>('tax_rate', id)
  if (!found) throw missing('tax rate', id, param)
  return found
}

/** At most so many rates apply to one line, or to an invoice by default (docs.stripe.com/invoicing/taxes/tax-rates). */
const mostRates = 5

/**
 * Checks the ids of tax rates that a parameter names: known, active, at most five, and each once. Those of `kept`, which
 * are applied already, may be inactive by now. Answers the ids, none for null.
 */
export function checkTaxRates(
  world: World,
  ids: string[] | null,
  param: string,
  kept: string[] = [],
): string[] {
  const given = ids ?? []
  if (given.length > mostRates)
    throw invalid(`You can apply at most ${mostRates} tax rates here; you passed ${given.length}.`, { param })
  if (new Set(given).size < given.length)
    throw invalid('The same tax rate cannot be applied more than once.', { param })
  given.forEach((id, position) => {
    const rate = findTaxRate(world, id, `${param}[${position}]`)
    if (!rate.active && !kept.includes(id))
      throw invalid(`The tax rate ${id} is archived and cannot be applied to anything new.`, {
        param: `${param}[${position}]`,
      })
  })
  return given
}

/** Tax rates as other objects show them: whole, from their ids. */
export const shownTaxRates = (world: World, ids: string[]): object[] =>
  ids.map((id) => present(world, findTaxRate(world, id)))

export const taxTypes = oneOf(
  'admissions_tax',
  'amusement_tax',
  'attendance_tax',
  'communications_tax',
  'digital_excise_tax',
  'entertainment_tax',
  'get_fund',
  'gross_receipts_tax',
  'gst',
  'hospitality_tax',
  'hst',
  'igst',
  'jct',
  'lease_tax',
  'luxury_tax',
  'mass_transit_parking_tax',
  'nhil',
  'parking_tax',
  'pst',
  'qst',
  'resort_tax',
  'retail_delivery_fee',
  'rst',
  'sales_tax',
  'service_tax',
  'tourism_tax',
  'utility_users_tax',
  'vat',
)

const changeable = {
  active: boolean,
  country: clearableText,
  description: clearableText,
  jurisdiction: clearableText,
  metadata,
  state: clearableText,
  tax_type: taxTypes,
}
const creation = {
  ...changeable,
  display_name: required(text),
  inclusive: required(boolean),
  percentage: required(decimal),
}

function percentageOf(written: string, param: string): number {
  const percentage = Number(written)
  if (percentage < 0 || percentage > 100)
    throw invalid('Invalid percentage: it must be at least 0 and at most 100.', { param })
  if ((written.split('.')[1] ?? '').length > 4)
    throw invalid('Invalid percentage: it can have at most four decimal places.', { param })
  return percentage
}

type NewRate = Omit<Values<typeof creation>, 'metadata'> & {
  jurisdiction_level?: string
  metadata?: Record<string, string> | null
}

/** Makes a tax rate; also for tax amounts that were computed elsewhere. `param` is the name of its percentage. */
export function newTaxRate(world: World, given: NewRate, param = 'percentage'): TaxRate {
  const rate = world.store.put<TaxRate>('tax_rate', {
    id: longId('txr_'),
    object: 'tax_rate',
    active: given.active ?? true,
    country: given.country?.toUpperCase() ?? null,
    created: world.clock.now(),
    description: given.description ?? null,
    display_name: given.display_name,
    effective_percentage: null,
    ...{ flat_amount: null },
    inclusive: given.inclusive,
    jurisdiction: given.jurisdiction ?? null,
    ...{ jurisdiction_level: given.jurisdiction_level ?? null, livemode: false },
    metadata: mergeMetadata({}, given.metadata),
    percentage: percentageOf(given.percentage, param),
    ...{ rate_type: 'percentage' },
    state: given.state ?? null,
    tax_type: given.tax_type ?? null,
  })
  emit(world, 'tax_rate.created', rate)
  return rate
}

/** Rates that an account defines by hand. Their percentage and kind never change; another rate takes their place. */
export const taxRates: Resource = {
  object: 'tax_rate',
  operations: [
    operation('POST /v1/tax_rates', creation, ({ world, params }) =>
      present(world, newTaxRate(world, params)),
    ),
    operation('GET /v1/tax_rates', { ...pagingAndCreated, active: boolean, inclusive: boolean }, (call) => {
      const { active, inclusive } = call.params
      const fits = (rate: TaxRate) =>
        (active === undefined || rate.active === active) &&
        (inclusive === undefined || rate.inclusive === inclusive)
      return page(call, [...call.world.store.all<TaxRate>('tax_rate')].filter(fits))
    }),
    operation('GET /v1/tax_rates/{id}', {}, ({ world, ids }) =>
      present(world, findTaxRate(world, ids.id ?? '')),
    ),
    operation('POST /v1/tax_rates/{id}', { ...changeable, display_name: text }, ({ world, params, ids }) => {
      const before = findTaxRate(world, ids.id ?? '')
      const { metadata: given, ...rest } = params
      const changes = { ...rest, metadata: mergeMetadata(before.metadata, given) } as Partial<TaxRate>
      return present(world, change(world, before, changes, 'tax_rate.updated'))
    }),
  ],
}
