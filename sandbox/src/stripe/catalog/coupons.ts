import { randomId } from '../../ids.ts'
import { invalid, missing } from '../api/errors.ts'
import { page, pagingAndCreated } from '../api/lists.ts'
import {
  clearable,
  decimal,
  integer,
  list,
  mergeMetadata,
  metadata,
  object,
  oneOf,
  type Param,
  required,
  text,
  type Values,
} from '../api/params.ts'
import { change, emit } from '../events/events.ts'
import { checkCurrency } from '../money/check-currency.ts'
import { afterIntervals } from '../periods.ts'
import { type Call, operation, present, type Resource, type Stored, type World } from '../world.ts'
import { byCurrency } from './price-parameters.ts'
import { findProduct } from './products.ts'

export type Coupon = Stored & {
  amount_off: number | null
  created: number
  currency: string | null
  duration: 'forever' | 'once' | 'repeating'
  duration_in_months: number | null
  max_redemptions: number | null
  metadata: Record<string, string>
  name: string | null
  percent_off: number | null
  redeem_by: number | null
  times_redeemed: number
  hidden: { products: string[] | null; options: Options }
}
/** What comes off in further currencies. */
type Options = Record<string, { amount_off: number }>

export function findCoupon(world: World, id: string, param = 'id'): Coupon {
  const found = world.store.get<Coupon>('coupon', id)
  if (!found) throw missing('coupon', id, param)
  return found
}

/** Whether the coupon can still be redeemed: not past its date, not used up. */
export const isValid = (world: World, coupon: Coupon): boolean =>
  (coupon.redeem_by === null || coupon.redeem_by > world.clock.now()) &&
  (coupon.max_redemptions === null || coupon.times_redeemed < coupon.max_redemptions)

/** A name is shown on receipts; 40 characters at most. */
const couponName: Param<string> = {
  parse(raw, name) {
    const value = text.parse(raw, name)
    if (value.length <= 40) return value
    throw invalid('Invalid string: a coupon name must be at most 40 characters long.', { param: name })
  },
}

const currencyOptions = byCurrency(object({ amount_off: required(integer) }))

const creation = {
  id: text,
  amount_off: integer,
  applies_to: object({ products: list(text) }),
  currency: text,
  duration: oneOf('forever', 'once', 'repeating'),
  duration_in_months: integer,
  max_redemptions: integer,
  metadata: clearable(metadata),
  name: couponName,
  percent_off: decimal,
  redeem_by: integer,
  currency_options: currencyOptions,
}
type Given = Values<typeof creation>

function checkPositive(given: Given, name: 'amount_off' | 'duration_in_months' | 'max_redemptions'): void {
  const value = given[name]
  if (value === undefined || value >= 1) return
  throw invalid('This value must be greater than or equal to 1.', {
    param: name,
    code: 'parameter_invalid_integer',
  })
}

/** The amount or the percentage that comes off, one of them. */
function reductionOf(given: Given): Pick<Coupon, 'amount_off' | 'currency' | 'percent_off'> {
  const { amount_off: amount, percent_off: percent } = given
  if ((amount === undefined) === (percent === undefined)) {
    throw invalid('You must pass exactly one of amount_off and percent_off.', { param: 'percent_off' })
  }
  if (percent !== undefined) {
    if (Number(percent) > 0 && Number(percent) <= 100)
      return { amount_off: null, currency: null, percent_off: Number(percent) }
    throw invalid('Invalid percent_off: it must be above 0 and at most 100.', { param: 'percent_off' })
  }
  if (given.currency === undefined)
    throw invalid('You must pass currency when passing amount_off.', {
      param: 'currency',
      code: 'parameter_missing',
    })
  return { amount_off: amount ?? null, currency: checkCurrency(given.currency), percent_off: null }
}

/** Amounts in further currencies, where the coupon takes an amount off at all. */
function optionsOf(asked: Options, own: Pick<Coupon, 'amount_off' | 'currency'>): Options {
  for (const [currency, { amount_off: amount }] of Object.entries(asked)) {
    const param = `currency_options[${currency}]`
    if (own.amount_off === null)
      throw invalid('currency_options can only be set on a coupon with amount_off.', { param })
    if (currency === own.currency)
      throw invalid(`The coupon's own currency (${currency}) cannot be one of its currency_options.`, {
        param,
      })
    if (amount < 1)
      throw invalid('This value must be greater than or equal to 1.', {
        param: `${param}[amount_off]`,
        code: 'parameter_invalid_integer',
      })
  }
  return asked
}

/** What a coupon of an amount takes off in a currency; null where it has none in it. */
export function amountOffIn({ amount_off, currency: own, hidden }: Coupon, currency: string): number | null {
  return currency === own ? amount_off : (hidden.options[currency]?.amount_off ?? null)
}

function checkTime(world: World, given: Given): void {
  if ((given.duration === 'repeating') !== (given.duration_in_months !== undefined)) {
    throw invalid('duration_in_months is needed with duration=repeating, and only with it.', {
      param: 'duration_in_months',
    })
  }
  const now = world.clock.now()
  if (given.redeem_by === undefined) return
  if (given.redeem_by <= now) throw invalid('redeem_by must be in the future.', { param: 'redeem_by' })
  if (given.redeem_by > afterIntervals(now, 'year', 5))
    throw invalid('redeem_by cannot be more than five years in the future.', { param: 'redeem_by' })
}

function create({ world, params }: Call<Given>): object {
  for (const name of ['amount_off', 'duration_in_months', 'max_redemptions'] as const)
    checkPositive(params, name)
  const id = params.id ?? randomId('', 8)
  if (world.store.get('coupon', id))
    throw invalid('Coupon already exists.', { code: 'resource_already_exists', param: 'id' })
  checkTime(world, params)
  const products = params.applies_to?.products ?? null
  products?.forEach((product, position) => {
    findProduct(world, product, `applies_to[products][${position}]`)
  })
  const reduction = reductionOf(params)
  const coupon = world.store.put<Coupon>('coupon', {
    id,
    object: 'coupon',
    ...reduction,
    created: world.clock.now(),
    duration: params.duration ?? 'once',
    duration_in_months: params.duration_in_months ?? null,
    ...{ livemode: false },
    max_redemptions: params.max_redemptions ?? null,
    metadata: mergeMetadata({}, params.metadata),
    name: params.name ?? null,
    redeem_by: params.redeem_by ?? null,
    times_redeemed: 0,
    hidden: { products, options: optionsOf(params.currency_options ?? {}, reduction) },
  })
  emit(world, 'coupon.created', coupon)
  return present(world, coupon)
}

export const coupons: Resource = {
  object: 'coupon',
  view(world, coupon: Coupon) {
    const { hidden: _, ...shown } = coupon
    return { ...shown, valid: isValid(world, coupon) }
  },
  links: {
    // Shown only when it is asked for, and only where the coupon is limited to products.
    applies_to: (world, coupon) => {
      const products = world.store.get<Coupon>('coupon', String(coupon.id))?.hidden.products
      return products ? { products } : undefined
    },
    currency_options: (world, coupon) => {
      const found = world.store.get<Coupon>('coupon', String(coupon.id))
      if (!found?.currency || found.amount_off === null) return undefined
      return { [found.currency]: { amount_off: found.amount_off }, ...found.hidden.options }
    },
  },
  operations: [
    operation('POST /v1/coupons', creation, create),
    operation('GET /v1/coupons', pagingAndCreated, (call) =>
      page(call, call.world.store.all<Coupon>('coupon')),
    ),
    operation('GET /v1/coupons/{id}', {}, ({ world, ids }) =>
      present(world, findCoupon(world, ids.id ?? '')),
    ),
    operation(
      'POST /v1/coupons/{id}',
      { metadata: clearable(metadata), name: couponName, currency_options: currencyOptions },
      ({ world, params, ids }) => {
        const before = findCoupon(world, ids.id ?? '')
        const { metadata: given, name = before.name, currency_options: asked = {} } = params
        const options = { ...before.hidden.options, ...optionsOf(asked, before) }
        const changes = {
          name,
          metadata: mergeMetadata(before.metadata, given),
          hidden: { ...before.hidden, options },
        }
        return present(world, change(world, before, changes, 'coupon.updated'))
      },
    ),
    operation('DELETE /v1/coupons/{id}', {}, ({ world, ids }) => {
      const coupon = findCoupon(world, ids.id ?? '')
      // Discounts that were made of it go on as they are.
      world.store.remove('coupon', coupon.id)
      emit(world, 'coupon.deleted', coupon)
      return { id: coupon.id, object: 'coupon', deleted: true }
    }),
  ],
}
