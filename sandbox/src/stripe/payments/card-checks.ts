import type { TestCard } from './test-cards.ts'

/** What a bank found of what was typed; null where nothing was. */
export type Checks = {
  address_line1_check: string | null
  address_postal_code_check: string | null
  cvc_check: string | null
}

/** The checks of a card that no bank has seen yet: what was typed waits to be checked. */
export const uncheckedOf = (given: {
  cvc: boolean
  address: Record<string, string | null | undefined> | null | undefined
}): Checks => ({
  address_line1_check: given.address?.line1 ? 'unchecked' : null,
  address_postal_code_check: given.address?.postal_code ? 'unchecked' : null,
  cvc_check: given.cvc ? 'unchecked' : null,
})

/** The checks once the bank was asked, when the card is attached, set up or charged. */
export function checkedBy(card: TestCard, before: Checks): Checks {
  const { line1 = 'pass', postalCode = 'pass', cvc = 'pass' } = card.checks ?? {}
  return {
    address_line1_check: before.address_line1_check && line1,
    address_postal_code_check: before.address_postal_code_check && postalCode,
    cvc_check: before.cvc_check && cvc,
  }
}
