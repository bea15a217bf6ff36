import { StripeError } from './api/errors.ts'
import { operation, type Resource, type World } from './world.ts'

/** The one account that there is, as it sees itself. */
function own(world: World): object {
  return {
    id: world.account.id,
    object: 'account',
    business_profile: {
      mcc: null,
      minority_owned_business_designation: null,
      specified_commercial_transactions_act_url: null,
      name: 'Sandbox',
      product_description: null,
      support_address: null,
      support_email: null,
      support_phone: null,
      support_url: null,
      url: null,
    },
    business_type: null,
    capabilities: { card_payments: 'active', transfers: 'active' },
    charges_enabled: true,
    country: 'US',
    created: 1_700_000_000,
    default_currency: 'usd',
    details_submitted: true,
    email: 'sandbox@example.com',
    metadata: {},
    payouts_enabled: true,
    settings: {
      branding: { icon: null, logo: null, primary_color: null, secondary_color: null },
      card_payments: {
        statement_descriptor_prefix: null,
        statement_descriptor_prefix_kana: null,
        statement_descriptor_prefix_kanji: null,
      },
      dashboard: { display_name: 'Sandbox', timezone: 'Etc/UTC' },
      payments: {
        statement_descriptor: 'SANDBOX',
        statement_descriptor_kana: null,
        statement_descriptor_kanji: null,
      },
    },
    type: 'standard',
  }
}

export const account: Resource = {
  object: 'account',
  operations: [
    operation('GET /v1/account', {}, ({ world }) => own(world)),
    operation('GET /v1/accounts/{id}', {}, ({ world, ids }) => {
      if (ids.id === world.account.id) return own(world)
      throw new StripeError(403, {
        type: 'invalid_request_error',
        code: 'account_invalid',
        message: `The provided key does not have access to account '${ids.id}' (or that account does not exist). Application access may have been revoked.`,
      })
    }),
  ],
}
