import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBrowser } from '../browser.ts'
import type { World } from '../world.ts'
import { startWorld } from '../world.ts'

/** The same month as a person lives it: pages, a card typed in, the clock moved by a button. */
let world: World
let browser: Browser
let page: Page

const PATIENCE_MS = 20_000

beforeAll(async () => {
  world = await startWorld({ now: '2026-01-20T09:00:00Z' })
  browser = await openBrowser()
  const context = await browser.newContext({ locale: 'en-US', viewport: { width: 1280, height: 900 } })
  page = await context.newPage()
  page.setDefaultTimeout(PATIENCE_MS)
})
afterAll(async () => {
  await browser?.close()
  await world.close()
})

const heading = (text: string | RegExp) => page.getByRole('heading', { name: text, level: 1 }).waitFor()
const shows = (text: string | RegExp) => page.getByText(text).first().waitFor()

async function expectNoAxeViolation(): Promise<void> {
  // A mail's frame allows no scripts, so axe cannot look into it.
  const { violations } = await new AxeBuilder({ page }).exclude('iframe').setLegacyMode(true).analyze()
  expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([])
}

describe('a month of AI Secretary in a browser', () => {
  test('one click opens the demo account, and the pricing page says what each plan costs', async () => {
    await page.goto(`${world.url}/`)
    await expectNoAxeViolation()
    await page.getByRole('button', { name: 'Open the demo account' }).click()
    await page.waitForURL('**/pricing')
    await shows('100, then $0.013 a minute')
    await shows('Your plan')
    await expectNoAxeViolation()
  })

  test('a declined card is shown, and 4242 makes the plan active', async () => {
    await page.getByRole('button', { name: 'Choose AI Secretary' }).click()
    await page.waitForURL('**/c/pay/**')
    await expectNoAxeViolation()
    await pay('4000000000000002')
    await shows(/declined/)
    await pay('4242424242424242')
    await page.waitForURL('**/billing/success**')
    await heading('Your plan is active')
    await shows(/\+1 415 \d{3} \d{4}/)
    await page.getByRole('link', { name: 'Go to billing' }).click()
    await heading('Next invoice: $45.00 on February 20')
    await shows(/^\+1 415 \d{3} \d{4}$/)
  })

  test('the sandbox page shows the welcome mail with the number, and records the use', async () => {
    await page.goto(`${world.url}/sandbox`)
    await page.getByRole('button', { name: /Welcome to AI Secretary/ }).click()
    await page
      .frameLocator('iframe')
      .getByText(/Your phone number is \+1415/)
      .waitFor()
    await record('Voice minutes', '150')
    await record('SMS', '120')
    await record('Emails', '45')
    await expectNoAxeViolation()
    await page.goto(`${world.url}/dashboard/billing`)
    await heading('Next invoice: $45.80 on February 20')
    await shows('150 of 100 minutes, 50 over, $0.65')
    await shows('120 of 100 messages, 20 over, $0.15')
    await expectNoAxeViolation()
  })

  test('a month and a day later the renewal is paid to the cent, and the meters are at zero', async () => {
    await page.goto(`${world.url}/sandbox`)
    await move('+1 month', 'February 20, 2026')
    await move('+1 day', 'February 21, 2026')
    await page.goto(`${world.url}/dashboard/billing`)
    await heading('Next invoice: $45.00 on March 20')
    await shows('0 of 100 minutes')
    const renewal = page.getByRole('row').filter({ hasText: 'Renewal' })
    await renewal.getByText('$45.80').waitFor()
    await renewal.getByText('Paid').waitFor()
  })

  test.for([
    [360, 'light'],
    [360, 'dark'],
    [1280, 'dark'],
  ] as const)(
    'at %i pixels, %s, nothing scrolls sideways and axe has no complaint',
    async ([width, colorScheme]) => {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width, height: 800 })
      for (const path of ['/', '/pricing', '/dashboard/billing', '/sandbox']) {
        await page.goto(`${world.url}${path}`)
        await page.getByRole('heading', { level: 1 }).waitFor()
        await page.waitForLoadState('networkidle')
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
        expect(overflow, path).toBeLessThanOrEqual(0)
        await expectNoAxeViolation()
      }
    },
  )

  test("the operator's view shows the account and the webhooks", async () => {
    await page.setViewportSize({ width: 1280, height: 900 })
    await page.goto(`${world.url}/`)
    await page.getByRole('button', { name: "Open the operator's view" }).click()
    await page.waitForURL('**/admin**')
    await shows('Demo account')
    await expectNoAxeViolation()
  })
})

async function pay(card: string): Promise<void> {
  await page.getByLabel('Card number').fill(card)
  await page.getByLabel('Expiry').fill('12 / 34')
  await page.getByLabel('Security code (CVC)').fill('123')
  await page.getByLabel('Name on card').fill('Demo Person')
  await page.getByRole('button', { name: /Subscribe/ }).click()
}

async function record(meter: string, amount: string): Promise<void> {
  await page.getByLabel('Or as much as').fill(amount)
  await page.getByLabel('of', { exact: true }).selectOption({ label: meter })
  const answered = page.waitForResponse('**/api/usage/track')
  await page.getByRole('button', { name: 'Record', exact: true }).click()
  expect((await answered).status()).toBe(200)
}

async function move(by: string, arrivesOn: string): Promise<void> {
  await page.getByRole('button', { name: new RegExp(`\\${by}`) }).click()
  await heading(new RegExp(arrivesOn))
}
