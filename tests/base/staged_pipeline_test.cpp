// SPDX-License-Identifier: MIT
#include "base/staged_pipeline.h"

#include <atomic>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include <doctest/doctest.h>

using namespace cameo;

namespace {

using Pipeline = StagedPipeline<int>;

/// A source of 0, 1, ... count - 1.
std::function<std::unique_ptr<int>()> counting(int count) {
  return [n = 0, count]() mutable { return n < count ? std::make_unique<int>(n++) : nullptr; };
}

std::vector<int> numbers(int count) {
  std::vector<int> all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

std::vector<int> results_of(Pipeline& pipeline) {
  std::vector<int> results;
  pipeline.run("write", [&](int n) {
    results.push_back(n);
    return true;
  });
  return results;
}

/// Lets the other threads overtake this one now and then.
void dawdle(int n) {
  for (int i = 0; i < (n % 3) * 50; ++i) std::this_thread::yield();
}

}  // namespace

TEST_CASE("items reach the sink in the source's order, whichever thread worked on them") {
  Pipeline pipeline(8);
  pipeline.source("read", counting(500));
  pipeline.stage("square", 4, [](int& n) {
    dawdle(n);
    n *= n;
  });
  pipeline.stage("root", 3, [](int& n) {
    dawdle(n);
    n = static_cast<int>(std::lround(std::sqrt(n)));
  });
  CHECK(results_of(pipeline) == numbers(500));
}

TEST_CASE("no more items are under way than were asked for") {
  std::atomic<int> inside{0};
  std::atomic<int> most{0};
  Pipeline pipeline(5);
  pipeline.source("read", [&, next = counting(200)]() mutable {
    auto item = next();
    if (item != nullptr) {
      const int now = ++inside;
      int seen = most;
      while (now > seen && !most.compare_exchange_weak(seen, now)) {
      }
    }
    return item;
  });
  pipeline.stage("work", 3, [](int& n) { dawdle(n); });
  pipeline.run("write", [&](int&) {
    --inside;
    return true;
  });
  CHECK(most == 5);
}

TEST_CASE("groups are those that the rule gives, however many threads are before them") {
  for (const int threads : {1, 4}) {
    std::vector<std::vector<int>> groups;
    Pipeline pipeline(16);
    pipeline.source("read", counting(10));
    pipeline.stage("work", threads, [](int& n) { dawdle(n); });
    // As many as have a sum of at most 10.
    const auto full = [](const Pipeline::Group& group, const int& next) {
      int sum = next;
      for (const auto& n : group) sum += *n;
      return sum > 10;
    };
    pipeline.groups("draw", full, [&](Pipeline::Group& group) {
      groups.emplace_back();
      for (const auto& n : group) groups.back().push_back(*n);
    });
    CHECK(results_of(pipeline) == numbers(10));
    CHECK(groups == std::vector<std::vector<int>>{{0, 1, 2, 3, 4}, {5}, {6}, {7}, {8}, {9}});
  }
}

TEST_CASE("a group that is never full takes half of what may be under way, and nothing stops") {
  std::vector<std::size_t> sizes;
  Pipeline pipeline(6);
  pipeline.source("read", counting(8));
  const auto never = [](const Pipeline::Group&, const int&) { return false; };
  pipeline.groups("draw", never, [&](Pipeline::Group& group) { sizes.push_back(group.size()); });
  CHECK(results_of(pipeline) == numbers(8));
  CHECK(sizes == std::vector<std::size_t>{3, 3, 2});
}

TEST_CASE("what any stage throws comes out of run, and its threads have ended") {
  for (const int culprit : {0, 1, 2, 3}) {
    CAPTURE(culprit);
    const auto trip = [&](int stage, int n) {
      if (stage == culprit && n == 20) throw std::runtime_error("stage " + std::to_string(stage));
    };
    Pipeline pipeline(4);
    pipeline.source("read", [&, next = counting(100)]() mutable {
      auto item = next();
      trip(0, *item);
      return item;
    });
    pipeline.stage("work", 2, [&](int& n) { trip(1, n); });
    pipeline.groups(
        "draw", [](const Pipeline::Group& group, const int&) { return group.size() == 2; },
        [&](Pipeline::Group& group) {
          for (const auto& n : group) trip(2, *n);
        });
    const auto sink = [&](int& n) {
      trip(3, n);
      return true;
    };
    CHECK_THROWS_WITH(pipeline.run("write", sink), ("stage " + std::to_string(culprit)).c_str());
  }
}

TEST_CASE("a sink that has enough ends the run, with no item after it") {
  std::vector<int> taken;
  Pipeline pipeline(4);
  pipeline.source("read", counting(1000));
  pipeline.stage("work", 2, [](int&) {});
  pipeline.run("write", [&](int n) {
    taken.push_back(n);
    return n < 9;
  });
  CHECK(taken == numbers(10));
}

TEST_CASE("an empty source ends the run at once") {
  Pipeline pipeline(4);
  pipeline.source("read", counting(0));
  pipeline.stage("work", 2, [](int&) {});
  CHECK(results_of(pipeline).empty());
}

TEST_CASE("reports name the stages in order and count their items") {
  Pipeline pipeline(4);
  pipeline.source("read", counting(30));
  pipeline.stage("work", 2, [](int&) {});
  results_of(pipeline);
  const auto reports = pipeline.reports();
  REQUIRE(reports.size() == 3);
  CHECK(reports[0].name == "read");
  CHECK(reports[1].name == "work");
  CHECK(reports[1].threads == 2);
  CHECK(reports[2].name == "write");
  for (const StageReport& report : reports) {
    CHECK(report.items == 30);
    CHECK(report.busy >= 0);
    CHECK(report.waiting >= 0);
  }
}

TEST_CASE("no two stages have one worker at once, however many share the workers") {
  Pipeline pipeline(12, 3);
  std::vector<std::atomic<int>> users(3);
  std::atomic<bool> shared{false};
  std::atomic<bool> disordered{false};
  const auto use = [&](int& n, int worker) {
    std::atomic<int>& own = users.at(static_cast<std::size_t>(worker));
    if (++own > 1) shared = true;
    dawdle(n);
    --own;
  };
  pipeline.source("read", counting(300));
  pipeline.worker_stage("first", use);
  pipeline.ordered("between", [&, next = 0](int& n) mutable {
    if (n != next++) disordered = true;
  });
  pipeline.worker_stage("second", use);
  CHECK(results_of(pipeline) == numbers(300));
  CHECK(!shared);
  CHECK(!disordered);
  CHECK(pipeline.reports().at(1).threads == 3);
}

TEST_CASE("reports of several runs add up by the name of the stage") {
  std::vector<StageReport> all{{"read", 1, 10, 1.0, 2.0}};
  add_reports(all, {{"read", 1, 5, 0.5, 0.25}, {"crop", 4, 5, 3.0, 1.0}});
  REQUIRE(all.size() == 2);
  CHECK(all[0].items == 15);
  CHECK(all[0].busy == 1.5);
  CHECK(all[0].waiting == 2.25);
  CHECK(all[1].name == "crop");
  CHECK(all[1].threads == 4);
}
