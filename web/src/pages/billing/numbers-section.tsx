import { useQuery } from '@tanstack/react-query'
import { Badge } from '../../components/badge.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { Section } from '../../components/section.tsx'
import { SkeletonLines } from '../../components/skeleton.tsx'
import { When } from '../../components/when.tsx'
import { formatPhone } from '../../lib/phone.ts'
import { numbersQuery } from '../../lib/queries.ts'
import { numberWord } from '../../lib/words.ts'

/** The phone numbers that the account has. */
export const NumbersSection = () => {
  // Those that were given up are history, which the page of payments tells.
  const numbers = useQuery({
    ...numbersQuery,
    select: ({ data }) => data.filter(({ status }) => status !== 'released'),
  })
  return (
    <Section title="Phone numbers">
      <Loaded
        query={numbers}
        failure="Your phone numbers could not be loaded."
        skeleton={<SkeletonLines lines={2} />}
      >
        {(numbers) =>
          numbers.length === 0 ? (
            <p className="text-muted">None yet. A plan that comes with a number gets it when it starts.</p>
          ) : (
            <ul className="divide-y divide-line">
              {numbers.map((number) => (
                <li
                  key={number.id}
                  className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1 py-2 first:pt-0 last:pb-0"
                >
                  <span className="min-w-0">
                    <span className="figures font-medium">{formatPhone(number.phoneNumber)}</span>
                    {number.label && <span className="text-muted"> {number.label}</span>}
                    <span className="block text-small text-muted">
                      Yours since <When at={number.createdAt} as="short" />
                    </span>
                  </span>
                  <Badge word={numberWord(number.status)} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Section>
  )
}
