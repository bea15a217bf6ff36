import { ProviderRefused, ProviderUnavailable } from '../../errors.ts'

/** The number is not Twilio's to sell, or somebody has it (twilio.com/docs/errors/21422). */
export const NUMBER_NOT_AVAILABLE = '21422'
/** Not a number that exists (twilio.com/docs/errors/21421). */
export const NUMBER_INVALID = '21421'

/**
 * Runs a call to Twilio and tells its failures apart by their shape, since the SDK throws several classes: an answer
 * of Twilio's has a numeric status; a time-out or a broken connection has none, and its outcome is unknown.
 */
export async function askTwilio<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    const { status, code, message } = shapeOf(error)
    // 408 and 429 were not processed, but may be the next time.
    if (status !== undefined && status >= 400 && status < 500 && status !== 408 && status !== 429) {
      throw new ProviderRefused('Twilio', { code: code ?? `http_${status}`, message, status, cause: error })
    }
    throw new ProviderUnavailable('Twilio', error)
  }
}

function shapeOf(error: unknown): { status?: number; code?: string; message: string } {
  if (typeof error !== 'object' || error === null) return { message: String(error) }
  const status = 'status' in error && typeof error.status === 'number' ? error.status : undefined
  const code = 'code' in error && typeof error.code === 'number' ? String(error.code) : undefined
  return {
    ...(status === undefined ? {} : { status }),
    ...(code === undefined ? {} : { code }),
    message: error instanceof Error ? error.message : String(error),
  }
}
