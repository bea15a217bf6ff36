import { randomId } from '../ids.ts'
import { invalid, missing } from './errors.ts'
import { change, emit } from './events.ts'
import { page, pagingAndCreated } from './lists.ts'
import {
  clearable,
  decimal,
  integer,
  list,
  mergeMetadata,
  metadata,
  notYetAll,
  object,
  oneOf,
  text,
  type Values,
} from './params.ts'
import { checkCurrency } from './prices.ts'
import { findProduct } from './products.ts'
import { type Call, operation, present, type Resource, type Stored, type World } from './world.ts'

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
  hidden: { products: string[] | null }
}

export function findCoupon(world: World, id: string, param = 'id'): Coupon {
  const found = world.store.get<Coupon>('coupon', id)
  if (!found) throw missing('coupon', id, param)
  return found
}

/** Whether the coupon can still be redeemed: not past its date, not used up. */
export const isValid = (world: World, coupon: Coupon): boolean =>
  (coupon.redeem_by === null || coupon.redeem_by > world.clock.now()) &&
  (coupon.max_redemptions === null || coupon.times_redeemed < coupon.max_redemptions)

const creation = {
  id: text,
  amount_off: integer,
  applies_to: object({ products: list(text) }),
  currency: text,
  duration: oneOf('forever', 'once', 'repeating'),
  duration_in_months: integer,
  max_redemptions: integer,
  metadata: clearable(metadata),
  name: text,
  percent_off: decimal,
  redeem_by: integer,
  ...notYetAll('currency_options'),
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

function checkTime(world: World, given: Given): void {
  if ((given.duration === 'repeating') !== (given.duration_in_months !== undefined)) {
    throw invalid('duration_in_months is needed with duration=repeating, and only with it.', {
      param: 'duration_in_months',
    })
  }
  if (given.redeem_by !== undefined && given.redeem_by <= world.clock.now())
    throw invalid('redeem_by must be in the future.', { param: 'redeem_by' })
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
  const coupon = world.store.put<Coupon>('coupon', {
    id,
    object: 'coupon',
    ...reductionOf(params),
    created: world.clock.now(),
    duration: params.duration ?? 'once',
    duration_in_months: params.duration_in_months ?? null,
    ...{ livemode: false },
    max_redemptions: params.max_redemptions ?? null,
    metadata: mergeMetadata({}, params.metadata),
    name: params.name ?? null,
    redeem_by: params.redeem_by ?? null,
    times_redeemed: 0,
    hidden: { products },
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
      { metadata: clearable(metadata), name: text, ...notYetAll('currency_options') },
      ({ world, params, ids }) => {
        const before = findCoupon(world, ids.id ?? '')
        const { metadata: given, name = before.name } = params
        const changes = { name, metadata: mergeMetadata(before.metadata, given) }
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
