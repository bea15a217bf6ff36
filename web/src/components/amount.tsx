import { locale } from '../lib/locale.ts'
import { formatMoney } from '../lib/money.ts'

/** Money from whole minor units, in figures that line up under each other. */
export const Amount = ({ cents, currency }: { cents: number; currency: string }) => (
  <span className="figures whitespace-nowrap">{formatMoney(cents, { currency, locale })}</span>
)
