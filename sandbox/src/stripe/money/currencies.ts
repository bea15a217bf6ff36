/** The currencies that Stripe charges in (docs.stripe.com/currencies), as its refusal of any other lists them. */
export const currencies =
  'usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl hrk htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xcg xof xpf yer zar zmw'.split(
    ' ',
  )

/** Those whose minor unit is the unit itself (docs.stripe.com/currencies#zero-decimal). */
const zeroDecimal = new Set('bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf'.split(' '))

/** Those of a thousand minor units, of which payments take multiples of ten only (docs.stripe.com/currencies#three-decimal). */
const threeDecimal = new Set('bhd jod kwd omr tnd'.split(' '))

/** How many decimals an amount of a currency has when a person writes it. */
export const decimalsOf = (currency: string): number =>
  zeroDecimal.has(currency) ? 0 : threeDecimal.has(currency) ? 3 : 2

/** What an amount that is paid must be a multiple of. */
export const smallestStep = (currency: string): number => (threeDecimal.has(currency) ? 10 : 1)

/** The smallest charge in minor units (docs.stripe.com/currencies#minimum-and-maximum-charge-amounts). */
const minimumCharges: Record<string, number> = {
  aed: 200,
  czk: 1500,
  dkk: 250,
  gbp: 30,
  hkd: 400,
  huf: 17_500,
  mxn: 1000,
  myr: 200,
  nok: 300,
  pln: 200,
  ron: 200,
  sek: 300,
  thb: 1000,
}

/** The smallest amount that is charged rather than carried on the customer's balance; 50 where the table has none. */
export const minimumCharge = (currency: string): number => minimumCharges[currency] ?? 50
