import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import chromium from '@sparticuz/chromium'
import { type Browser, type Page, chromium as playwright } from 'playwright-core'
import { expect } from 'vitest'

/** Unpacked once into this clone: in the system's own folder it would belong to whoever ran the tests first. */
async function unpacked(): Promise<string> {
  const folder = path.join(import.meta.dirname, '../../node_modules/.cache/tollgate/browser')
  mkdirSync(folder, { recursive: true })
  const before = process.env.TMPDIR
  process.env.TMPDIR = folder
  try {
    return await chromium.executablePath()
  } finally {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
  }
}

/** A real browser: the one that CHROMIUM names, or the one that npm brought. */
async function openBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? (await unpacked())
  // Made for functions in a cloud: with these a second page crashes the browser, or pages may read each other.
  const args = chromium.args.filter((arg) => !/single-process|no-zygote|web-security/.test(arg))
  return playwright.launch({ executablePath, args: [...args, '--no-sandbox'] })
}

/** Every rule of axe holds, and nothing is wider than the window. */
export async function expectSound(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  expect(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)])).toEqual([])
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  expect(overflow).toBeLessThanOrEqual(0)
}

/** The same on a phone in light, and on a wide screen in dark. */
export async function expectSoundEverywhere(page: Page): Promise<void> {
  await page.setViewportSize({ width: 360, height: 900 })
  await page.emulateMedia({ colorScheme: 'light' })
  await expectSound(page)
  await page.setViewportSize({ width: 1280, height: 900 })
  await page.emulateMedia({ colorScheme: 'dark' })
  await expectSound(page)
}

/** Presses Tab until what has this role and name has the focus; fails where it is never reached. */
export async function tabTo(
  page: Page,
  role: 'button' | 'link' | 'textbox' | 'spinbutton' | 'radio' | 'checkbox' | 'combobox',
  name: string | RegExp,
): Promise<void> {
  const wanted = page.getByRole(role, { name }).first()
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab')
    if (await wanted.evaluate((element) => element === document.activeElement)) return
  }
  throw new Error(`By Tab the ${role} ${name} was never reached.`)
}

/** A browser, and an app for the hosted pages to lead back to. */
export async function startDesk() {
  const app = createServer((_, response) => response.end('<h1>Back in the app</h1>'))
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve))
  const browser = await openBrowser()
  return {
    home: `http://127.0.0.1:${(app.address() as AddressInfo).port}`,
    async openPage(): Promise<Page> {
      const context = await browser.newContext({ locale: 'en-US', viewport: { width: 1280, height: 900 } })
      const page = await context.newPage()
      page.setDefaultTimeout(10_000)
      return page
    },
    async close() {
      await browser.close()
      app.closeAllConnections()
      app.close()
    },
  }
}

/** What a person does with a page by keyboard, and what they see. */
export const handsOn = (page: Page) => {
  const { keyboard } = page
  return {
    type: (text: string) => keyboard.type(text),
    press: (key: string) => keyboard.press(key),
    shows: (text: string | RegExp) => page.getByText(text).first().waitFor(),
    alerts: (text: string) => page.getByRole('alert').getByText(text).waitFor(),
    async typeCard(number: string) {
      await tabTo(page, 'textbox', 'Card number')
      for (const text of [number, '12 / 34', '123', 'Ann Example']) {
        await keyboard.type(text)
        if (text !== 'Ann Example') await keyboard.press('Tab')
      }
    },
  }
}
