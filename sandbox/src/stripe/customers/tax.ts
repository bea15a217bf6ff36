import { StripeError } from '../api/errors.ts'
import { clearableText, object, oneOf, type Values } from '../api/params.ts'
import type { World } from '../world.ts'
import type { Customer } from './balance.ts'

const common = { ip_address: clearableText }
export const newTaxParam = object({ ...common, validate_location: oneOf('deferred', 'immediately') })
export const taxParam = object({ ...common, validate_location: oneOf('auto', 'deferred', 'immediately') })
type Given = Values<{ tax: typeof taxParam }>['tax']

type Kept = { id: string; ipAddress: string | null }

const locationOf = ({ address, shipping }: Customer): object | null => {
  const shipped = (shipping as { address?: Customer['address'] } | null)?.address
  const [where, source] = shipped?.country ? [shipped, 'shipping_destination'] : [address, 'billing_address']
  return where?.country ? { country: where.country, source, state: where.state ?? null } : null
}

/** Keeps what was told of a customer for tax. A location that must be known at once and is not is refused. */
export function keepTax(world: World, customer: Customer, given: Given): void {
  if (!given) return
  if (given.validate_location === 'immediately' && locationOf(customer) === null) {
    throw new StripeError(400, {
      type: 'invalid_request_error',
      code: 'customer_tax_location_invalid',
      message: "The customer's location isn't recognized. Set a valid customer address.",
      param: 'address',
    })
  }
  if (given.ip_address !== undefined)
    world.store.put<Kept>('customer tax', { id: customer.id, ipAddress: given.ip_address })
}

/** A customer's `tax` as it shows where it is expanded: addresses are recognized by their country, IP addresses are not. */
export function taxOf(world: World, customer: Customer): object {
  const location = locationOf(customer)
  return {
    automatic_tax: location ? 'supported' : 'unrecognized_location',
    ip_address: world.store.get<Kept>('customer tax', customer.id)?.ipAddress ?? null,
    location,
    provider: 'stripe',
  }
}
