//! Where the replicas of new partitions go: in stripes over racks, and over the brokers within each rack.
//!
//! With racks A, B and C of three brokers each and three replicas a partition:
//!
//! ```text
//! partition 0: A0 B0 C0
//! partition 1: B1 C1 A1
//! partition 2: C2 A2 B2
//! ```
//!
//! Where the stripes begin is random, and after as many partitions as there are unfenced brokers everything is shuffled,
//! lest the same brokers always sit together. Fenced brokers are taken only when a rack's unfenced ones are used up,
//! and never to lead. To spread over racks matters more than to spread over brokers.

use super::random::{Random, shuffle};
use super::state::Controller;
use ottla_model::BrokerId;
use std::collections::BTreeMap;

/// Why replicas cannot be placed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlacementError {
    /// A partition without replicas is none.
    #[error("Invalid replication factor {0}: the replication factor must be positive.")]
    NotPositive(i32),
    /// Nobody could lead.
    #[error("All brokers are currently fenced, or have all their log directories cordoned.")]
    NobodyUnfenced,
    /// A broker can hold only one replica of a partition.
    #[error(
        "The target replication factor of {replication_factor} cannot be reached because only {brokers} broker(s) are \
         registered or some brokers have all their log directories cordoned."
    )]
    TooFewBrokers {
        /// What was asked for.
        replication_factor: i32,
        /// How many brokers can take replicas.
        brokers: usize,
    },
}

/// A broker that can take replicas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UsableBroker {
    id: BrokerId,
    rack: Option<String>,
    fenced: bool,
}

impl Controller {
    /// The brokers that new replicas can be placed on: neither leaving, nor with all directories cordoned.
    pub(super) fn usable_brokers(&self) -> Vec<UsableBroker> {
        let stays = |fenced: bool, in_controlled_shutdown: bool| fenced || !in_controlled_shutdown;
        self.image()
            .cluster()
            .brokers()
            .filter(|broker| stays(broker.fenced, broker.in_controlled_shutdown) && broker.has_uncordoned_directory())
            .map(|broker| UsableBroker { id: broker.id, rack: broker.rack.clone(), fenced: broker.fenced })
            .collect()
    }
}

/// Places the replicas of `partitions` new partitions. The first of each is to lead, and is unfenced.
pub(super) fn place(
    partitions: usize,
    replication_factor: i32,
    brokers: &[UsableBroker],
    random: &mut dyn Random,
) -> Result<Vec<Vec<BrokerId>>, PlacementError> {
    let wanted = match usize::try_from(replication_factor) {
        Ok(wanted @ 1..) => wanted,
        _ => return Err(PlacementError::NotPositive(replication_factor)),
    };
    if brokers.iter().all(|broker| broker.fenced) {
        return Err(PlacementError::NobodyUnfenced);
    }
    if wanted > brokers.len() {
        return Err(PlacementError::TooFewBrokers { replication_factor, brokers: brokers.len() });
    }
    let mut racks = Racks::new(brokers, random);
    Ok((0..partitions).map(|_| racks.place(wanted, random)).collect())
}

/// Brokers in a ring. Each round of placement begins one further and takes each at most once.
#[derive(Debug, Default)]
struct Ring {
    brokers: Vec<BrokerId>,
    start: usize,
    taken: usize,
    round: usize,
}

impl Ring {
    fn begin_anywhere(&mut self, random: &mut dyn Random) {
        self.start = random.below(self.brokers.len());
    }
    fn next(&mut self, round: usize) -> Option<BrokerId> {
        let count = self.brokers.len();
        if count == 0 {
            return None;
        }
        if self.round != round {
            self.round = round;
            self.taken = 0;
            self.start = (self.start + 1) % count;
        }
        if self.taken == count {
            return None;
        }
        let next = self.brokers[(self.start + self.taken) % count];
        self.taken += 1;
        Some(next)
    }
}

#[derive(Debug, Default)]
struct Rack {
    unfenced: Ring,
    fenced: Ring,
}

impl Rack {
    fn next(&mut self, round: usize) -> Option<BrokerId> {
        self.unfenced.next(round).or_else(|| self.fenced.next(round))
    }
}

#[derive(Debug)]
struct Racks {
    /// In the order of their names at first; brokers without a rack are one of their own.
    racks: Vec<Rack>,
    unfenced: usize,
    round: usize,
    start: usize,
}

impl Racks {
    fn new(brokers: &[UsableBroker], random: &mut dyn Random) -> Self {
        let mut by_name: BTreeMap<Option<&str>, Rack> = BTreeMap::new();
        for broker in brokers {
            let rack = by_name.entry(broker.rack.as_deref()).or_default();
            let ring = if broker.fenced { &mut rack.fenced } else { &mut rack.unfenced };
            ring.brokers.push(broker.id);
        }
        let mut racks: Vec<Rack> = by_name.into_values().collect();
        for ring in racks.iter_mut().flat_map(|rack| [&mut rack.fenced, &mut rack.unfenced]) {
            ring.brokers.sort_unstable();
            ring.begin_anywhere(random);
        }
        let start = random.below(racks.len());
        let unfenced = brokers.iter().filter(|broker| !broker.fenced).count();
        Self { racks, unfenced, round: 0, start }
    }

    /// The replicas of the next partition. There are at least `wanted` brokers, and one that is unfenced.
    fn place(&mut self, wanted: usize, random: &mut dyn Random) -> Vec<BrokerId> {
        // With a single unfenced broker there is nothing to avoid.
        if self.round == self.unfenced && self.unfenced > 1 {
            self.shuffle(random);
            self.round = 0;
        }
        let count = self.racks.len();
        self.start %= count;
        let in_stripe = (self.start..self.start + count).map(|index| index % count);
        let leader = in_stripe.clone().find_map(|rack| Some((rack, self.racks[rack].unfenced.next(self.round)?)));
        let (leading_rack, leader) = leader.expect("one broker is unfenced, and each round starts with none taken");
        let mut replicas = vec![leader];
        // The rack that gave the leader is skipped once.
        let mut skip = Some(leading_rack);
        for rack in in_stripe.cycle() {
            if replicas.len() == wanted {
                break;
            }
            if skip == Some(rack) {
                skip = None;
            } else {
                replicas.extend(self.racks[rack].next(self.round));
            }
        }
        self.round += 1;
        self.start += 1;
        replicas
    }

    fn shuffle(&mut self, random: &mut dyn Random) {
        shuffle(&mut self.racks, random);
        for rack in &mut self.racks {
            shuffle(&mut rack.fenced.brokers, random);
            shuffle(&mut rack.unfenced.brokers, random);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{PlacementError, Random, UsableBroker, place};
    use ottla_model::BrokerId;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    struct Always(u8);
    impl Random for Always {
        fn fill(&mut self, bytes: &mut [u8]) {
            bytes.fill(0);
            bytes[0] = self.0;
        }
    }
    struct Seeded(u64);
    impl Random for Seeded {
        fn fill(&mut self, bytes: &mut [u8]) {
            for byte in bytes {
                self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                *byte = (self.0 >> 56) as u8;
            }
        }
    }

    fn broker(id: i32, rack: &str, fenced: bool) -> UsableBroker {
        UsableBroker { id: BrokerId::new(id), rack: (!rack.is_empty()).then(|| rack.to_owned()), fenced }
    }
    fn placed(partitions: usize, replication_factor: i32, brokers: &[UsableBroker]) -> Vec<Vec<i32>> {
        let placed = place(partitions, replication_factor, brokers, &mut Always(0)).unwrap();
        placed.into_iter().map(|replicas| replicas.into_iter().map(BrokerId::value).collect()).collect()
    }

    #[test]
    fn stripes_run_over_racks_and_brokers() {
        let brokers: Vec<_> = (0..9).map(|id| broker(id, ["a", "b", "c"][id as usize / 3], false)).collect();
        assert_eq!(placed(3, 3, &brokers), [[0, 3, 6], [4, 7, 1], [8, 2, 5]]);
    }

    #[test]
    fn one_broker_takes_everything() {
        assert_eq!(placed(3, 1, &[broker(1, "", false)]), [[1], [1], [1]]);
    }

    #[test]
    fn fenced_brokers_come_last_and_never_lead() {
        let brokers = [broker(1, "", true), broker(2, "", false), broker(3, "", true)];
        for replicas in placed(8, 2, &brokers) {
            assert_eq!(replicas[0], 2);
        }
    }

    #[test]
    fn refusals_have_kafkas_words() {
        let refused = |replication_factor, brokers: &[UsableBroker]| {
            place(1, replication_factor, brokers, &mut Always(0)).unwrap_err().to_string()
        };
        let one = [broker(1, "", false)];
        assert_eq!(
            refused(3, &one),
            "The target replication factor of 3 cannot be reached because only 1 broker(s) are registered or some \
             brokers have all their log directories cordoned."
        );
        assert_eq!(refused(1, &[]), PlacementError::NobodyUnfenced.to_string());
        assert_eq!(refused(1, &[broker(1, "", true)]), PlacementError::NobodyUnfenced.to_string());
        assert_eq!(refused(0, &one), "Invalid replication factor 0: the replication factor must be positive.");
    }

    proptest! {
        #[test]
        fn replicas_are_distinct_and_led_by_the_unfenced(
            racks in prop::collection::vec((0..4usize, any::<bool>()), 1..12),
            partitions in 1..40usize,
            replication_factor in 1..12i32,
            seed: u64,
        ) {
            let names = ["", "a", "b", "c"];
            let brokers: Vec<_> = racks
                .iter()
                .enumerate()
                .map(|(id, &(rack, fenced))| broker(id as i32, names[rack], fenced && id > 0))
                .collect();
            let result = place(partitions, replication_factor, &brokers, &mut Seeded(seed));
            if replication_factor as usize > brokers.len() {
                prop_assert!(result.is_err());
                return Ok(());
            }
            let placed = result.unwrap();
            prop_assert_eq!(placed.len(), partitions);
            let racks_count = brokers.iter().map(|broker| &broker.rack).collect::<BTreeSet<_>>().len();
            let of = |id: &BrokerId| &brokers[id.value() as usize];
            let mut leaders = BTreeSet::new();
            for replicas in &placed {
                prop_assert_eq!(replicas.iter().collect::<BTreeSet<_>>().len(), replication_factor as usize);
                prop_assert!(!of(&replicas[0]).fenced);
                leaders.insert(replicas[0]);
                if replication_factor as usize >= racks_count {
                    let used = replicas.iter().map(|id| &of(id).rack).collect::<BTreeSet<_>>().len();
                    prop_assert_eq!(used, racks_count, "as many racks as there are");
                }
            }
        }
    }
}
