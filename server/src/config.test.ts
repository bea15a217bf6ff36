import { describe, expect, test } from 'vitest'
import { CannotStart, completeConfig, readSettings } from './config.ts'

const stripe = { STRIPE_SECRET_KEY: 'sk_test_12345678', STRIPE_WEBHOOK_SECRET: 'whsec_12345678' }
const twilio = { TWILIO_ACCOUNT_SID: `AC${'0a'.repeat(16)}`, TWILIO_AUTH_TOKEN: '1b'.repeat(16) }

function problems(env: Record<string, string>): string[] {
  try {
    readSettings(env)
  } catch (error) {
    if (error instanceof CannotStart) {
      expect(error.exitCode).toBe(2)
      return error.message.split('\n')
    }
    throw error
  }
  return []
}

describe('nothing set', () => {
  test('means everything local, on the default ports', () => {
    expect(readSettings({})).toMatchObject({
      databaseUrl: null,
      stripe: null,
      twilio: null,
      jwt: null,
      port: 4800,
      sandboxPort: 4801,
      dataDir: expect.stringMatching(/\/\.data$/),
      catalogPath: expect.stringMatching(/\/examples\/assistant$/),
    })
  })

  test('an empty value counts as not set', () => {
    expect(readSettings({ PORT: '', STRIPE_SECRET_KEY: ' ', DATABASE_URL: '' })).toEqual(readSettings({}))
  })
})

describe('a right setting', () => {
  test.each([
    [
      { DATABASE_URL: 'postgres://u:p@db.example.com:5432/t' },
      { databaseUrl: 'postgres://u:p@db.example.com:5432/t' },
    ],
    [{ DATABASE_URL: 'postgresql://u@%2Fvar%2Frun/t' }, { databaseUrl: 'postgresql://u@%2Fvar%2Frun/t' }],
    [
      stripe,
      { stripe: { secretKey: 'sk_test_12345678', webhookSecrets: ['whsec_12345678'], apiBase: null } },
    ],
    [
      {
        ...stripe,
        STRIPE_WEBHOOK_SECRET: 'whsec_12345678, whsec_87654321',
        STRIPE_API_BASE: 'http://localhost:9/',
      },
      {
        stripe: {
          secretKey: 'sk_test_12345678',
          webhookSecrets: ['whsec_12345678', 'whsec_87654321'],
          apiBase: 'http://localhost:9',
        },
      },
    ],
    [twilio, { twilio: { accountSid: `AC${'0a'.repeat(16)}`, authToken: '1b'.repeat(16), apiBase: null } }],
    [{ STRIPE_API_BASE: 'http://127.0.0.1:9' }, { stripe: null, stripeApiBase: 'http://127.0.0.1:9' }],
    [{ TWILIO_API_BASE: 'https://proxy.example' }, { twilio: null, twilioApiBase: 'https://proxy.example' }],
    [
      { PORT: '0', SANDBOX_PORT: '0' },
      { port: 0, sandboxPort: 0 },
    ],
    [
      { PORT: '8080', SANDBOX_PORT: '65535' },
      { port: 8080, sandboxPort: 65535 },
    ],
    [{ PUBLIC_URL: 'https://billing.example.com/pay/' }, { publicUrl: 'https://billing.example.com/pay' }],
    [{ JWT_SECRET: 'x'.repeat(32) }, { jwt: { secret: 'x'.repeat(32) } }],
    [{ JWKS_URL: 'https://id.example/jwks.json' }, { jwt: { jwksUrl: 'https://id.example/jwks.json' } }],
    [{ SMTP_URL: 'smtps://u:p@mail.example' }, { smtpUrl: 'smtps://u:p@mail.example' }],
    [{ MAIL_FROM: 'Shop <pay@shop.example>' }, { mailFrom: 'Shop <pay@shop.example>' }],
    [{ VAPI_SECRET: 's' }, { vapiSecret: 's' }],
    [{ LOG_LEVEL: 'debug' }, { logLevel: 'debug' }],
    [{ TOLLGATE_DATA: '/var/lib/tollgate' }, { dataDir: '/var/lib/tollgate' }],
    [{ TOLLGATE_CATALOG: import.meta.filename }, { catalogPath: import.meta.filename }],
  ])('%o', (env, read) => {
    expect(readSettings(env)).toMatchObject(read)
  })
})

describe('a wrong setting is one line that names it and what is allowed', () => {
  test.each([
    ['DATABASE_URL', 'mysql://u@h/d'],
    ['DATABASE_URL', 'not an address'],
    ['PORT', 'http'],
    ['PORT', '-1'],
    ['PORT', '65536'],
    ['SANDBOX_PORT', '4801.5'],
    ['SANDBOX_PORT', '4800'],
    ['STRIPE_API_BASE', 'localhost:4801'],
    ['STRIPE_API_BASE', 'http://127.0.0.1:4801/v1'],
    ['TWILIO_API_BASE', 'ftp://x'],
    ['TOLLGATE_CATALOG', '/no/such/catalog.ts'],
    ['PUBLIC_URL', 'billing.example.com'],
    ['PUBLIC_URL', 'https://billing.example.com/?a=1'],
    ['JWT_SECRET', 'short'],
    ['JWKS_URL', 'keys.json'],
    ['SMTP_URL', 'mail.example:25'],
    ['MAIL_FROM', 'nobody'],
    ['LOG_LEVEL', 'loud'],
  ])('%s=%s', (name, value) => {
    const lines = problems({ [name]: value })
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(new RegExp(`^${name}: .+; (allowed|set) .+`))
  })

  test.each([
    [stripe, 'STRIPE_SECRET_KEY', 'pk_test_12345678'],
    [stripe, 'STRIPE_WEBHOOK_SECRET', 'whsec_12345678,oops'],
    [twilio, 'TWILIO_ACCOUNT_SID', `AC${'0A'.repeat(16)}`],
    [twilio, 'TWILIO_AUTH_TOKEN', 'tooshort'],
  ])('%o with a wrong %s never shows the value', (env, name, value) => {
    const lines = problems({ ...env, [name]: value })
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(new RegExp(`^${name}: .+; allowed .+`))
    expect(lines[0]).not.toContain(value)
  })

  test.each([
    [{ STRIPE_SECRET_KEY: stripe.STRIPE_SECRET_KEY }, 'STRIPE_WEBHOOK_SECRET'],
    [{ STRIPE_WEBHOOK_SECRET: stripe.STRIPE_WEBHOOK_SECRET }, 'STRIPE_SECRET_KEY'],
    [{ TWILIO_ACCOUNT_SID: twilio.TWILIO_ACCOUNT_SID }, 'TWILIO_AUTH_TOKEN'],
    [{ TWILIO_AUTH_TOKEN: twilio.TWILIO_AUTH_TOKEN }, 'TWILIO_ACCOUNT_SID'],
    [{ JWT_SECRET: 'x'.repeat(32), JWKS_URL: 'https://id.example/jwks' }, 'JWT_SECRET'],
  ])('a pair given by half: %o', (env, name) => {
    const lines = problems(env)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(new RegExp(`^${name}: is (missing|set) beside `))
  })

  test('all of them are told at once', () => {
    const lines = problems({
      PORT: 'x',
      SANDBOX_PORT: 'y',
      LOG_LEVEL: 'loud',
      STRIPE_SECRET_KEY: 'sk_test_12345678',
    })
    expect(lines.map((line) => line.split(':')[0]).sort()).toEqual([
      'LOG_LEVEL',
      'PORT',
      'SANDBOX_PORT',
      'STRIPE_WEBHOOK_SECRET',
    ])
  })
})

describe('completing', () => {
  const filled = {
    databaseUrl: 'postgres://u@h/d',
    stripe: null,
    twilio: null,
    sandboxUrl: null,
    port: 4123,
    jwt: null,
    smtpUrl: null,
    logLevel: 'info',
  } as const

  test('a real Stripe account without a way to verify tokens is refused', () => {
    expect(() => completeConfig(readSettings({}), filled)).toThrow(/^JWT_SECRET: is missing/)
  })

  test('what the environment says goes before what the command fills in', () => {
    const settings = readSettings({
      JWT_SECRET: 'j'.repeat(32),
      SMTP_URL: 'smtp://mail.example',
      LOG_LEVEL: 'error',
    })
    const config = completeConfig(settings, {
      ...filled,
      jwt: { secret: 'other' },
      smtpUrl: 'smtp://127.0.0.1:1',
    })
    expect(config).toMatchObject({
      jwt: { secret: 'j'.repeat(32) },
      smtpUrl: 'smtp://mail.example',
      logLevel: 'error',
    })
  })

  test.each([
    [{}, 'http://127.0.0.1:4123', 'Tollgate <billing@localhost>'],
    [
      { PUBLIC_URL: 'https://pay.example.com' },
      'https://pay.example.com',
      'Tollgate <billing@pay.example.com>',
    ],
    [{ PUBLIC_URL: 'http://[::1]:4800' }, 'http://[::1]:4800', 'Tollgate <billing@localhost>'],
    [{ MAIL_FROM: 'a@b.example' }, 'http://127.0.0.1:4123', 'a@b.example'],
  ])('%o gives the address %s and the sender %s', (env, publicUrl, mailFrom) => {
    const config = completeConfig(readSettings(env), { ...filled, jwt: { secret: 'j'.repeat(32) } })
    expect(config).toMatchObject({ publicUrl, mailFrom })
  })
})
