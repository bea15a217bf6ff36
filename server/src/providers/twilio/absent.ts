import { ProviderRefused } from '../../errors.ts'
import type { TwilioPort } from './port.ts'

const refuse = async (): Promise<never> => {
  throw new ProviderRefused('Tollgate', {
    code: 'twilio_not_configured',
    message: 'no Twilio account is configured: set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN',
  })
}

/** Stands where no Twilio account is configured: says so, whatever is asked. */
export const noTwilio: TwilioPort = {
  searchNumbers: refuse,
  buyNumber: refuse,
  findOwned: refuse,
  releaseNumber: refuse,
  sendMessage: refuse,
  findMessages: refuse,
}
