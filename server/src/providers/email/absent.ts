import { ProviderRefused } from '../../errors.ts'
import type { SendEmail } from './port.ts'

/** Stands where no mail server is configured: says so, whatever is to be sent. */
export const noMail: SendEmail = async () => {
  throw new ProviderRefused('Tollgate', {
    code: 'smtp_not_configured',
    message: 'no mail server is configured: set SMTP_URL and MAIL_FROM',
  })
}
