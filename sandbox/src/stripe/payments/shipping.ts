import { address, clearableText, object, required, text, type Values } from '../api/params.ts'

const fields = {
  address: required(address),
  carrier: clearableText,
  name: required(text),
  phone: clearableText,
  tracking_number: clearableText,
}
export const shippingParam = object(fields)

const nowhere = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null }

/** Where something is sent, whole, as payments show it. */
export const shippingOf = (given: Values<typeof fields>): object => ({
  carrier: null,
  phone: null,
  tracking_number: null,
  ...given,
  address: { ...nowhere, ...given.address },
})
