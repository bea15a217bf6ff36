import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type Connection,
  connectionPath,
  readConnection,
  removeConnection,
  writeConnection,
} from './connection-file.ts'
import { freePort } from './free-port.ts'
import { lockFolder } from './lock-folder.ts'
import { readOrMakeSecrets } from './secrets.ts'
import { makeSocketFolder } from './socket-folder.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tollgate-test-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const modeOf = (file: string) => statSync(file).mode & 0o777

describe('secrets', () => {
  test('are made once and kept, for the owner alone', () => {
    const made = readOrMakeSecrets(folder)
    expect(readOrMakeSecrets(folder)).toEqual(made)
    expect(made).toEqual({
      apiKey: expect.stringMatching(/^tg_[\w-]{32}$/),
      adminKey: expect.stringMatching(/^tg_[\w-]{32}$/),
      jwtSecret: expect.stringMatching(/^[\w-]{43}$/),
      stripeSecretKey: expect.stringMatching(/^sk_test_[a-zA-Z0-9]{48}$/),
      stripeWebhookSecret: expect.stringMatching(/^whsec_[a-zA-Z0-9]{32}$/),
      twilioAccountSid: expect.stringMatching(/^AC[0-9a-f]{32}$/),
      twilioAuthToken: expect.stringMatching(/^[0-9a-f]{32}$/),
    })
    expect(made.apiKey).not.toBe(made.adminKey)
    expect(modeOf(path.join(folder, 'secrets.json'))).toBe(0o600)
    expect(readdirSync(folder)).toEqual(['secrets.json'])
  })

  test.each(['{', '{"apiKey":"tg_x"}'])('a damaged file (%s) is not replaced behind its owner', (text) => {
    writeFileSync(path.join(folder, 'secrets.json'), text)
    expect(() => readOrMakeSecrets(folder)).toThrow(/secrets\.json is damaged .+ Restore it, or remove it/)
    expect(readFileSync(path.join(folder, 'secrets.json'), 'utf8')).toBe(text)
  })
})

describe('connection file', () => {
  const connection: Connection = {
    url: 'http://127.0.0.1:4800',
    apiKey: 'tg_a',
    adminKey: 'tg_b',
    jwtSecret: 'j',
    databaseUrl: 'postgres://tollgate_app@%2Ftmp%2Fx/tollgate',
    sandbox: {
      url: 'http://127.0.0.1:4801',
      stripeSecretKey: 'sk_test_a',
      stripeWebhookSecret: 'whsec_a',
      twilioAccountSid: 'AC0',
      twilioAuthToken: '1',
    },
  }

  test('is there for the owner alone while a program runs', () => {
    expect(readConnection(folder)).toBeNull()
    writeConnection(folder, connection)
    expect(modeOf(connectionPath(folder))).toBe(0o600)
    expect(JSON.parse(readFileSync(path.join(folder, 'connection.json'), 'utf8'))).toEqual(connection)
    expect(readConnection(folder)).toEqual(connection)
    removeConnection(folder)
    removeConnection(folder)
    expect(readConnection(folder)).toBeNull()
  })

  test('a damaged one says so', () => {
    writeFileSync(connectionPath(folder), '{"url":1}')
    expect(() => readConnection(folder)).toThrow(/cannot be read as a connection/)
  })
})

describe('folder lock', () => {
  test('keeps a second one out until it is given back', async () => {
    const release = await lockFolder(folder, 0)
    expect(await lockFolder(folder, 0)).toBeNull()
    release?.()
    const again = await lockFolder(folder, 0)
    expect(again).toBeTypeOf('function')
    again?.()
  })

  test('one who waits gets it when it is free', async () => {
    const release = await lockFolder(folder, 0)
    const waiting = lockFolder(folder, 10_000)
    release?.()
    const got = await waiting
    expect(got).toBeTypeOf('function')
    got?.()
  })

  test('a folder that cannot be made is an error, not a held lock', async () => {
    writeFileSync(path.join(folder, 'file'), '')
    await expect(lockFolder(path.join(folder, 'file/under'), 0)).rejects.toThrow(/ENOTDIR/)
  })
})

describe('ports', () => {
  test('0 finds a free one', async () => {
    expect(await freePort('PORT', 0)).toBeGreaterThan(1023)
  })

  test('a port in use is named with the setting to change', async () => {
    const holder = createServer().listen(0, '127.0.0.1')
    await once(holder, 'listening')
    const { port } = holder.address() as { port: number }
    await expect(freePort('SANDBOX_PORT', port, 0)).rejects.toThrow(
      new RegExp(`^SANDBOX_PORT: port ${port} is in use .+ set SANDBOX_PORT to a free port`),
    )
    const waiting = freePort('SANDBOX_PORT', port, 10_000)
    holder.close()
    expect(await waiting).toBe(port)
  })
})

describe('socket folder', () => {
  test('stays the same for a data folder and is open to nobody else', () => {
    const made = makeSocketFolder(folder, folder)
    expect(makeSocketFolder(folder, folder)).toBe(made)
    expect(modeOf(made)).toBe(0o700)
    expect(path.dirname(made)).toBe(folder)
  })

  test('a name that somebody else has taken is left alone', () => {
    const taken = makeSocketFolder(folder, folder)
    rmSync(taken, { recursive: true })
    writeFileSync(taken, 'not a folder')
    const made = makeSocketFolder(folder, folder)
    expect(made).toBe(`${taken}-1`)
    expect(readFileSync(taken, 'utf8')).toBe('not a folder')
  })

  test('a temporary folder with a long name is passed over', () => {
    const made = makeSocketFolder(folder, `/tmp/${'long/'.repeat(20)}`)
    expect(path.dirname(made)).toBe('/tmp')
    expect(existsSync(made)).toBe(true)
    rmSync(made, { recursive: true })
  })
})
