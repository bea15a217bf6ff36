import { randomId } from '../../ids.ts'
import { invalid, missing } from '../api/errors.ts'
import { mergeMetadata, type Values } from '../api/params.ts'
import type { PaymentMethod } from '../payments/payment-methods.ts'
import type { World } from '../world.ts'
import type { Customer } from './balance.ts'
import type { fields } from './parameters.ts'

type Given = Values<typeof fields>

const nowhere = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null }

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

/** Each customer numbers invoices of its own; one that is deleted keeps its prefix. */
function checkPrefix(world: World, own: string, prefix: string): void {
  if (!/^[A-Z0-9]{1,12}$/.test(prefix))
    throw invalid('Invoice number prefix must be 1–12 uppercase letters or numbers.')
  const [holder] = world.store.by<Customer>('customer', 'prefix', prefix)
  if (!holder || holder.id === own) return
  throw invalid(
    `This invoice number prefix is taken by customer: ${holder.id}. Please enter a different prefix.`,
    { param: 'invoice_prefix' },
  )
}

/** A prefix that no other customer has. */
export function newPrefix(world: World): string {
  for (;;) {
    const prefix = randomId('', 8).toUpperCase()
    if (world.store.by('customer', 'prefix', prefix).length === 0) return prefix
  }
}

function settingsOf(
  world: World,
  now: Customer,
  given: NonNullable<Given['invoice_settings']>,
): Customer['invoice_settings'] {
  const { custom_fields: custom, rendering_options: rendering, default_payment_method: method } = given
  if (method) checkDefault(world, now.id, method)
  if ((custom?.length ?? 0) > 4)
    throw invalid('You can specify up to 4 custom fields.', { param: 'invoice_settings[custom_fields]' })
  const shown = rendering && { amount_tax_display: rendering.amount_tax_display ?? null, template: null }
  return {
    ...now.invoice_settings,
    ...(custom === undefined ? {} : { custom_fields: custom?.length ? custom : null }),
    ...(method === undefined ? {} : { default_payment_method: method }),
    ...(given.footer === undefined ? {} : { footer: given.footer }),
    ...(rendering === undefined ? {} : { rendering_options: shown ?? null }),
  }
}

type Shipping = { address?: object; name?: string; phone?: string | null } | null

/** Shipping is changed leaf by leaf; once there is one it has a whole address. */
const shippingOf = (now: Shipping, given: Shipping): Shipping =>
  given && {
    phone: null,
    ...now,
    ...given,
    address: { ...nowhere, ...now?.address, ...given.address },
  }

/** The changes that the parameters ask for; the balance is changed by itself. */
export function changesOf(world: World, now: Customer, params: Given): Partial<Customer> {
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
  if (plain.invoice_prefix !== undefined) checkPrefix(world, now.id, plain.invoice_prefix)
  return {
    ...plain,
    ...(where === undefined ? {} : { address: where && { ...nowhere, ...now.address, ...where } }),
    ...(shipping === undefined ? {} : { shipping: shippingOf(now.shipping, shipping as Shipping) }),
    ...(exempt === undefined ? {} : { tax_exempt: exempt ?? 'none' }),
    ...(settings ? { invoice_settings: settingsOf(world, now, settings) } : {}),
    metadata: mergeMetadata(now.metadata, given),
  } as Partial<Customer>
}
