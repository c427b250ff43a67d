//! Tests of the clock of a world and its members.

use std::sync::Arc;

use super::{Member, Passed, Sleep, World};
use crate::contract::{Contract, bundled};
use crate::mock::Provider;
use crate::subject::States;
use crate::subject::state_handler::Handler;

fn world() -> (Arc<World>, States) {
    let contract = Contract::load(&bundled()[0]).unwrap();
    (Arc::default(), States::new(Handler::Embedded(Arc::new(Provider::new(Arc::new(contract))))))
}

fn members<const N: usize>(world: &Arc<World>, states: &States) -> [Member; N] {
    std::array::from_fn(|_| Member::of(world, states.clock()))
}

#[tokio::test]
async fn sleepers_with_overlapping_times_share_one_move() {
    let (world, states) = world();
    let [a, b, c] = members(&world, &states);
    let (a, b, c) = tokio::join!(
        a.sleep(Sleep::AtLeast(1_000, 12_000)),
        b.sleep(Sleep::AtLeast(10_000, 90_000)),
        c.sleep(Sleep::AtMost(11_000))
    );
    let all = Ok(Passed { ms: 11_000, moves: 1 });
    assert_eq!((a, b, c), (all.clone(), all.clone(), all));
}

#[tokio::test]
async fn clock_stands_still_while_a_member_is_awake() {
    let (world, states) = world();
    let [awake, asleep] = members(&world, &states);
    let mut sleeping = Box::pin(asleep.sleep(Sleep::AtMost(5_000)));
    assert!(futures_util::poll!(&mut sleeping).is_pending());
    assert_eq!((world.now(), world.sleepers()), (Passed::default(), 1));
    drop(awake);
    assert_eq!(sleeping.await, Ok(Passed { ms: 5_000, moves: 1 }));
}

#[tokio::test]
async fn sleep_during_other_moves_keeps_its_distance_from_the_limit() {
    let (world, states) = world();
    let [short, least, most] = members(&world, &states);
    let naps = async {
        for _ in 0..3 {
            short.sleep(Sleep::AtMost(4_000)).await.unwrap();
        }
        drop(short);
    };
    let least = async {
        let passed = least.sleep(Sleep::AtLeast(100_000, 100_000)).await;
        drop(least);
        passed
    };
    let most = async {
        let passed = most.sleep(Sleep::AtMost(60_000)).await;
        drop(most);
        passed
    };
    let ((), least, most) = tokio::join!(naps, least, most);
    assert_eq!(most, Ok(Passed { ms: 57_000, moves: 4 }), "three moves may each be wrong by a second");
    assert_eq!(least, Ok(Passed { ms: 104_000, moves: 5 }), "four moves may each be wrong by a second");
}

#[tokio::test]
async fn clock_that_cannot_be_moved_wakes_everybody_with_the_reason() {
    let (world, states) = (Arc::default(), States::new(Handler::Absent));
    let [a, b] = members(&world, &states);
    let (a, b) = tokio::join!(a.sleep(Sleep::AtMost(1_000)), b.sleep(Sleep::AtLeast(9_000, 9_000)));
    assert!(a.is_err() && a == b, "{a:?} {b:?}");
}

#[tokio::test]
async fn sleeper_that_gives_up_does_not_hold_the_clock() {
    let (world, states) = world();
    let [gone, other] = members(&world, &states);
    {
        let mut sleeping = Box::pin(gone.sleep(Sleep::AtMost(1_000)));
        assert!(futures_util::poll!(&mut sleeping).is_pending());
    }
    drop(gone);
    assert_eq!(other.sleep(Sleep::AtMost(3_000)).await, Ok(Passed { ms: 3_000, moves: 1 }));
}

#[cfg(feature = "wiremock")]
#[tokio::test]
async fn member_that_enters_during_a_move_waits_for_its_end() {
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers};
    let handler = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_json(serde_json::json!({ "ok": true }));
    let answer = answer.set_delay(std::time::Duration::from_millis(20));
    Mock::given(matchers::any()).respond_with(answer).mount(&handler).await;
    let (world, states) = (Arc::default(), States::new(Handler::Http(handler.uri())));
    let [asleep] = members(&world, &states);
    let mut sleeping = Box::pin(asleep.sleep(Sleep::AtMost(5_000)));
    assert!(futures_util::poll!(&mut sleeping).is_pending());
    let [entering] = members(&world, &states);
    assert_eq!(world.now(), Passed::default(), "the move is under way");
    world.still().await;
    assert_eq!(world.now(), Passed { ms: 5_000, moves: 1 });
    assert_eq!(sleeping.await, Ok(Passed { ms: 5_000, moves: 1 }));
    drop((asleep, entering));
    world.still().await;
}
