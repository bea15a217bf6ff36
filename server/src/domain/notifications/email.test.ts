import { expect, test } from 'vitest'
import { renderEmail } from './email.ts'

const words = {
  subject: 'Hello',
  title: 'Hello <b>Ada</b>',
  paragraphs: ['One & two.', 'Three.'],
  facts: [{ name: 'Paid', value: '$1.00' }],
  action: { text: 'Look', url: 'https://a.example/?a=1&b="2"' },
}

test('the text reads from top to bottom', () => {
  expect(renderEmail('Example', words).text).toBe(
    'Hello <b>Ada</b>\n\nOne & two.\n\nThree.\n\nPaid: $1.00\n\nLook: https://a.example/?a=1&b="2"\n\nExample\n',
  )
})

test('nothing that people write becomes markup', () => {
  const { html } = renderEmail('<Example>', words)
  expect(html).toContain('Hello &lt;b&gt;Ada&lt;/b&gt;')
  expect(html).toContain('One &amp; two.')
  expect(html).toContain('href="https://a.example/?a=1&amp;b=&quot;2&quot;"')
  expect(html).toContain('&lt;Example&gt;')
  expect(html).not.toMatch(/<b>|<script|<table|<img/)
})
