import { useQuery } from '@tanstack/react-query'
import { Empty } from '../../components/empty.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { Section } from '../../components/section.tsx'
import { SkeletonLines } from '../../components/skeleton.tsx'
import { When } from '../../components/when.tsx'
import { upcomingQuery } from '../../lib/queries.ts'
import { InvoiceLines } from './invoice-lines.tsx'

/** The next invoice line by line, as it stands now. */
export const UpcomingSection = () => {
  const upcoming = useQuery(upcomingQuery)
  return (
    <Section
      title="Next invoice"
      aside={
        upcoming.data && (
          <span className="text-muted">
            <When at={upcoming.data.date} as="short" />
          </span>
        )
      }
    >
      <Loaded
        query={upcoming}
        failure="The next invoice could not be loaded."
        skeleton={<SkeletonLines lines={5} />}
      >
        {(invoice) =>
          invoice === null ? (
            <Empty title="No invoice is due">Nothing will be charged as things stand.</Empty>
          ) : (
            <>
              <InvoiceLines
                lines={invoice.lines}
                currency={invoice.currency}
                also={{ title: 'Credit', cents: -Math.abs(invoice.creditCents) }}
                total={{ title: 'Due as of now', cents: invoice.amountDueCents }}
              />
              <p className="mt-3 text-small text-muted">
                What is used until then is added. Charged <When at={invoice.date} />.
              </p>
            </>
          )
        }
      </Loaded>
    </Section>
  )
}
