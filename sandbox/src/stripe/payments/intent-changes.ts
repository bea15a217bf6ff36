import { invalid, type StripeError } from '../api/errors.ts'
import { mergeMetadata, type Values } from '../api/params.ts'
import { findCustomer } from '../customers/balance.ts'
import { checkCurrency } from '../money/check-currency.ts'
import { minimumCharge, smallestStep } from '../money/currencies.ts'
import { writtenAmount } from '../money/money.ts'
import type { World } from '../world.ts'
import type { updating } from './intent-parameters.ts'
import type { PaymentIntent } from './payment-intents.ts'
import { findPaymentMethod, type PaymentMethod, spent } from './payment-methods.ts'
import { shippingOf } from './shipping.ts'

const largest = 99_999_999

/** Refuses an amount that no card is charged (docs.stripe.com/currencies#minimum-and-maximum-charge-amounts). */
export function checkAmount(amount: number, currency: string): number {
  if (amount < 1) {
    throw invalid(
      'The amount must be greater than or equal to the minimum charge amount allowed for your account and the currency set (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts).  If you want to save a Payment Method for future use without an immediate payment, use a Setup Intent instead: https://docs.stripe.com/payments/setup-intents',
      { param: 'amount', code: 'parameter_invalid_integer' },
    )
  }
  const least = minimumCharge(currency)
  if (amount < least) {
    throw invalid(`Amount must be at least ${writtenAmount(least, currency)} ${currency}`, {
      param: 'amount',
      code: 'amount_too_small',
    })
  }
  if (amount > largest) {
    throw invalid(`Amount must be no more than ${writtenAmount(largest, currency)}`, {
      param: 'amount',
      code: 'amount_too_large',
    })
  }
  if (amount % smallestStep(currency) !== 0) {
    throw invalid(`Invalid integer: amounts in ${currency} must be divisible by 10`, {
      param: 'amount',
      code: 'parameter_invalid_integer',
    })
  }
  return amount
}

/** The payment method an intent is to use; refused where it is another customer's or has had its one use. */
export function methodFor(world: World, id: string, customer: string | null): PaymentMethod {
  const method = findPaymentMethod(world, id)
  if (method.hidden.spent) throw spent()
  if (!method.customer || method.customer === customer) return method
  throw customer === null
    ? invalid(
        `The \`payment_method\` parameter supplied ${id} belongs to the Customer ${method.customer}. Please include the Customer in the \`customer\` parameter on the PaymentIntent.`,
        { param: 'source', code: 'parameter_missing' },
      )
    : notTheirs(method, customer)
}

/** The refusal of a payment method that is another customer's. */
export const notTheirs = (method: PaymentMethod, customer: string): StripeError =>
  invalid(
    `The PaymentMethod ${method.id} does not belong to the Customer you supplied ${customer}. Please use this PaymentMethod with the Customer that it belongs to instead.`,
    { param: 'payment_method' },
  )

/** Cards are named on statements by what the account has set, and a suffix of the payment's own. */
function checkDescriptors(params: {
  statement_descriptor?: string | undefined
  statement_descriptor_suffix?: string | null | undefined
}): void {
  if (params.statement_descriptor !== undefined) {
    throw invalid(
      'The `statement_descriptor` parameter is not supported for the payment method type `card`. Use `statement_descriptor_suffix` instead.',
      { param: 'statement_descriptor' },
    )
  }
  const suffix = params.statement_descriptor_suffix
  if (suffix && (suffix.length > 22 || /[<>\\'"*]/.test(suffix))) {
    throw invalid('The statement descriptor suffix can have up to 22 characters and none of < > \\ \' " *', {
      param: 'statement_descriptor_suffix',
    })
  }
}

type Given = Partial<Values<typeof updating>>

/** What parameters make of an intent's own fields; those that an intent is created, updated and confirmed with. */
export function changesOf(
  world: World,
  now: Pick<PaymentIntent, 'amount' | 'currency' | 'customer' | 'metadata' | 'payment_method_options'>,
  given: Given,
): Partial<PaymentIntent> {
  const { amount, currency: written, customer: asked, payment_method: method, ...rest } = given
  const { metadata, payment_method_options: options, shipping, statement_descriptor: _, ...plain } = rest
  checkDescriptors(given)
  const currency = written === undefined ? now.currency : checkCurrency(written)
  if (amount !== undefined || written !== undefined) checkAmount(amount ?? now.amount, currency)
  const customer = asked === undefined ? now.customer : findCustomer(world, asked, 'customer').id
  const card = { ...now.payment_method_options.card, ...options?.card }
  return {
    ...plain,
    ...(amount === undefined ? {} : { amount }),
    currency,
    customer,
    ...(shipping === undefined ? {} : { shipping: shipping && shippingOf(shipping) }),
    ...(options ? { payment_method_options: { card } } : {}),
    ...(method === undefined ? {} : { payment_method: methodFor(world, method, customer).id }),
    metadata: mergeMetadata(now.metadata, metadata),
  } as Partial<PaymentIntent>
}
