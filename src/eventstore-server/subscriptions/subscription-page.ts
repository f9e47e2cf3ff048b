import type { EventPage } from '../streams/event-page.js';

/** What a subscription sends at a time. Without ordinals: nothing matched so far, the search goes on. */
export interface SubscriptionPage extends EventPage {
  /** Position of a checkpoint behind the events of the page. */
  readonly checkpoint?: number;
}
