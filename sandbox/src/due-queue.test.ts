import { expect, test } from 'vitest'
import { createDueQueue } from './due-queue.ts'

test('the earliest comes first, ties in the order in which they were added', () => {
  const queue = createDueQueue()
  const times = [5, 3, 9, 3, 1, 5, 3, 8, 1, 7, 2]
  times.forEach((at, seq) => {
    queue.add({ id: `${at}-${seq}`, at, what: 'x', object: '', seq })
  })
  const order: string[] = []
  for (let first = queue.first(); first; first = queue.first()) {
    order.push(first.id)
    queue.drop()
  }
  expect(order).toEqual(['1-4', '1-8', '2-10', '3-1', '3-3', '3-6', '5-0', '5-5', '7-9', '8-7', '9-2'])
})
