/**
 * `token`: the whole value, whatever its case. `string`: that, or a part of it. `numeric`: compared as a number.
 * A `token` may be a hash that is asked by key, as metadata is.
 */
export type FieldType = 'token' | 'string' | 'numeric'

const card = {
  'payment_method_details.card.brand': 'token',
  'payment_method_details.card.exp_month': 'token',
  'payment_method_details.card.exp_year': 'token',
  'payment_method_details.card.fingerprint': 'token',
  'payment_method_details.card.last4': 'token',
} as const

/** By what each resource can be searched (docs.stripe.com/search), under its name in the path. */
export const searchFields: Record<string, Record<string, FieldType>> = {
  charges: {
    amount: 'numeric',
    'billing_details.address.postal_code': 'token',
    created: 'numeric',
    currency: 'token',
    customer: 'token',
    disputed: 'token',
    metadata: 'token',
    ...card,
    refunded: 'token',
    status: 'token',
  },
  customers: { created: 'numeric', email: 'string', metadata: 'token', name: 'string', phone: 'string' },
  invoices: {
    created: 'numeric',
    currency: 'token',
    customer: 'token',
    last_finalization_error_code: 'token',
    last_finalization_error_type: 'token',
    metadata: 'token',
    number: 'string',
    receipt_number: 'string',
    status: 'string',
    subscription: 'string',
    total: 'numeric',
  },
  payment_intents: {
    amount: 'numeric',
    created: 'numeric',
    currency: 'token',
    customer: 'token',
    metadata: 'token',
    status: 'token',
  },
  prices: {
    active: 'token',
    currency: 'token',
    lookup_key: 'string',
    metadata: 'token',
    product: 'string',
    type: 'token',
  },
  products: {
    active: 'token',
    description: 'string',
    metadata: 'token',
    name: 'string',
    shippable: 'token',
    url: 'string',
  },
  subscriptions: { canceled_at: 'numeric', created: 'numeric', metadata: 'token', status: 'token' },
}
