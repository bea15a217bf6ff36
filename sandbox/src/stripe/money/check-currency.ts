import { invalid } from '../api/errors.ts'
import { currencies } from './currencies.ts'

const known = new Set(currencies)

/** The currency's name in small letters, refused where Stripe does not know it. */
export function checkCurrency(given: string, param = 'currency'): string {
  const currency = given.toLowerCase()
  if (known.has(currency)) return currency
  const list = currencies.join(', ')
  throw invalid(`Invalid currency: ${currency}. Stripe currently supports these currencies: ${list}`, {
    param,
  })
}
