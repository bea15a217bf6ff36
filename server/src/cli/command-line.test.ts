import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const main = fileURLToPath(new URL('../main.ts', import.meta.url))

function tollgate(args: string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, ...env },
  })
  return { status, stdout, stderr }
}

test.each([[[]], [['--help']], [['help']]])('%o shows the commands', (args) => {
  const { status, stdout } = tollgate(args)
  expect(status).toBe(0)
  for (const name of ['start', 'serve', 'migrate', 'sandbox'])
    expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'))
})

test.each([['start'], ['serve'], ['migrate'], ['sandbox']])(
  '%s --help says what it does and does nothing',
  (name) => {
    const { status, stdout, stderr } = tollgate([name, '--help'], { PORT: 'would be refused' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(new RegExp(`^tollgate ${name}`))
  },
)

test.each([
  [['fly'], /^There is no command "fly"/],
  [['constructor'], /^There is no command "constructor"/],
  [['start', 'now'], /^Unexpected argument "now"/],
  [['start', '--fast'], /^Unknown option '--fast'/],
  [['serve', '--role', 'cook'], /^--role: is "cook"; allowed is api, worker, all/],
  [['migrate', 'sideways'], /^There is no "migrate sideways"/],
  [['migrate', 'down', '--steps', '0'], /^--steps: is "0"; allowed is 1 or more/],
  [['sandbox'], /^tollgate sandbox start/],
  [['sandbox', 'advance'], /^Say how far, in one way/],
  [['sandbox', 'advance', '--days', '1', '--months', '1'], /^Say how far, in one way/],
  [['sandbox', 'advance', '--days', '-1'], /--days/],
])('%o is refused with exit code 2', (args, words) => {
  const { status, stderr } = tollgate(args)
  expect(stderr).toMatch(words)
  expect(stderr).not.toMatch(/^ {4}at /m)
  expect(status).toBe(2)
})

test('every wrong setting is one line, and nothing is started', () => {
  const { status, stdout, stderr } = tollgate(['start'], {
    PORT: 'x',
    LOG_LEVEL: 'loud',
    STRIPE_SECRET_KEY: 'sk_live_12345678',
  })
  expect(
    stderr
      .trim()
      .split('\n')
      .map((line) => line.split(':')[0])
      .sort(),
  ).toEqual(['LOG_LEVEL', 'PORT', 'STRIPE_WEBHOOK_SECRET'])
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
})
