// SPDX-License-Identifier: MIT
#include "engine/streams.h"

#include <map>

namespace cameo {

StreamSchedule::StreamSchedule(Exec& exec, const std::vector<StreamTask>& list) : exec_(exec) {
  std::map<int, std::map<int, std::size_t>> writers;  // tensor -> stream -> its last writer there
  std::map<int, std::map<int, std::size_t>> waited;   // stream -> other stream -> up to which task
  std::map<int, std::size_t> last;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const int stream = list[i].stream;
    tasks_.push_back({.stream = stream});
    if (stream != 0 && !last.contains(stream)) first_.push_back(i);
    last[stream] = i;
    for (const auto* touched : {&list[i].reads, &list[i].writes})
      for (const int tensor : *touched)
        for (const auto& [other, writer] : writers[tensor]) {
          const auto known = waited[stream].find(other);
          if (other == stream || (known != waited[stream].end() && known->second >= writer))
            continue;
          waited[stream][other] = writer;
          wait_for(i, writer);
        }
    for (const int tensor : list[i].writes) writers[tensor][stream] = i;
  }
  for (const auto& [stream, task] : last)
    if (stream != 0) last_.push_back(task);
  for (const std::size_t task : last_) tasks_[task].finished = make_event();
  if (!first_.empty()) begun_ = make_event();
}

std::unique_ptr<Event> StreamSchedule::make_event() {
  return cameo::run(exec_, [](auto& on) { return on.make_event(); });
}

void StreamSchedule::wait_for(std::size_t i, std::size_t other) {
  tasks_[i].waits_for.push_back(other);
  if (!tasks_[other].finished) tasks_[other].finished = make_event();
}

void StreamSchedule::begin() {
  if (begun_) begun_->record();
  for (const std::size_t i : first_) {
    set_stream(tasks_[i].stream);
    begun_->wait();
  }
}

void StreamSchedule::enter(std::size_t i) {
  set_stream(tasks_[i].stream);
  for (const std::size_t other : tasks_[i].waits_for) tasks_[other].finished->wait();
}

void StreamSchedule::leave(std::size_t i) {
  if (tasks_[i].finished) tasks_[i].finished->record();
}

void StreamSchedule::end() {
  set_stream(0);
  for (const std::size_t task : last_) tasks_[task].finished->wait();
}

void StreamSchedule::set_stream(int stream) {
  cameo::run(exec_, [&](auto& on) { on.set_stream(stream); });
}

}  // namespace cameo
