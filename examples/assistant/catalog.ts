import type { CatalogInput } from 'tollgate-server/catalog'

/** Voice assistants with a phone number each: minutes and messages included, more billed by use. */
export const catalog: CatalogInput = {
  name: 'Assistant',
  currency: 'usd',
  meters: {
    voice_minutes: { name: 'Voice minutes', unit: 'minute', costKey: 'voice_overage' },
    sms_messages: { name: 'SMS', unit: 'message', costKey: 'sms_overage' },
    email_count: { name: 'Emails', unit: 'email' },
  },
  features: {
    teams: { name: 'Teams' },
    buzz: { name: 'Buzz' },
  },
  plans: [
    {
      slug: 'ai_buddy',
      name: 'AI Buddy',
      description: 'Email only, for trying it out.',
      free: true,
      limits: {
        voice_minutes: { included: 0, atLimit: 'block' },
        sms_messages: { included: 0, atLimit: 'block' },
        email_count: { included: null, atLimit: 'allow' },
      },
    },
    {
      slug: 'ai_secretary',
      name: 'AI Secretary',
      description: 'Answers your calls and messages on a number of its own.',
      prices: [{ interval: 'month', currency: 'usd', amountCents: 4000 }],
      limits: {
        voice_minutes: { included: 100, atLimit: 'overage', overageCents: '1.3' },
        sms_messages: { included: 100, atLimit: 'overage', overageCents: '0.75' },
        email_count: { included: null, atLimit: 'allow' },
      },
      numbers: { provisioned: 1, country: 'US', areaCode: '415', monthlyCents: '500' },
    },
    {
      slug: 'ai_project_manager',
      name: 'AI Project Manager',
      description: 'Runs your projects with teams and Buzz.',
      features: ['teams', 'buzz'],
      prices: [{ interval: 'month', currency: 'usd', amountCents: 28_000 }],
      limits: {
        voice_minutes: { included: 500, atLimit: 'overage', overageCents: '1.3' },
        sms_messages: { included: 500, atLimit: 'overage', overageCents: '0.75' },
        email_count: { included: null, atLimit: 'allow' },
      },
      numbers: { provisioned: 1, country: 'US', areaCode: '415', monthlyCents: '500' },
    },
    {
      slug: 'ai_cto',
      name: 'AI CTO',
      description: 'Made to measure: unlimited use and a Twilio account of your own.',
      custom: true,
      features: ['teams', 'buzz'],
      limits: {
        voice_minutes: { included: null, atLimit: 'allow' },
        sms_messages: { included: null, atLimit: 'allow' },
        email_count: { included: null, atLimit: 'allow' },
      },
      numbers: { provisioned: 1, country: 'US', areaCode: '415', dedicated: true },
    },
  ],
}
