#include "Internal.hpp"

#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/functions/utils.h>

#include <memory>

using namespace ctorch;
using torch::autograd::variable_list;

bool ctorch_requires_grad(CTorchTensor tensor) { return to_tensor(tensor).requires_grad(); }

CTorchError ctorch_set_requires_grad(CTorchTensor tensor, bool value) {
    return guarded([&] { to_tensor(tensor).requires_grad_(value); });
}

bool ctorch_is_leaf(CTorchTensor tensor) { return to_tensor(tensor).is_leaf(); }

CTorchTensor ctorch_grad(CTorchTensor tensor) {
    const at::Tensor gradient = to_tensor(tensor).mutable_grad();
    return to_handle(gradient);
}

CTorchError ctorch_set_grad(CTorchTensor tensor, CTorchTensor grad) {
    return guarded([&] { to_tensor(tensor).mutable_grad() = to_tensor(grad); });
}

bool ctorch_grad_enabled(void) { return at::GradMode::is_enabled(); }

void ctorch_set_grad_enabled(bool enabled) { at::GradMode::set_enabled(enabled); }

CTorchError ctorch_backward(
    const CTorchTensor *outputs, const CTorchTensor *seeds, int32_t output_count,
    bool retain_graph, bool create_graph) {
    return guarded([&] {
        torch::autograd::backward(
            to_tensors(outputs, output_count), to_tensors(seeds, output_count), retain_graph,
            create_graph);
    });
}

CTorchError ctorch_gradients(
    const CTorchTensor *outputs, const CTorchTensor *seeds, int32_t output_count,
    const CTorchTensor *inputs, int32_t input_count, bool retain_graph, bool create_graph,
    CTorchTensor *gradients) {
    return guarded([&] {
        variable_list results = torch::autograd::grad(
            to_tensors(outputs, output_count), to_tensors(inputs, input_count),
            to_tensors(seeds, output_count), retain_graph, create_graph, /*allow_unused=*/true);
        for (int32_t i = 0; i < input_count; ++i) gradients[i] = to_handle(std::move(results[i]));
    });
}

namespace {

/// An operation whose backward pass is the caller's.
struct CallbackNode : torch::autograd::Node {
    std::string label;
    void *context;
    CTorchBackward backward;
    void (*release)(void *);

    ~CallbackNode() override { release_variables(); }

    std::string name() const override { return label; }

    void release_variables() override {
        if (context) release(std::exchange(context, nullptr));
    }

    variable_list apply(variable_list &&gradients) override {
        TORCH_CHECK(
            context, label,
            ": its saved values were freed by an earlier backward pass; ask that pass to retain "
            "the graph");
        const size_t inputs = num_outputs();
        std::vector<CTorchTensor> from(gradients.size());
        for (size_t i = 0; i < gradients.size(); ++i)
            from[i] = gradients[i].defined()
                ? reinterpret_cast<CTorchTensor>(gradients[i].unsafeGetTensorImpl())
                : nullptr;
        const auto needed = std::make_unique<bool[]>(inputs);
        for (size_t i = 0; i < inputs; ++i) needed[i] = task_should_compute_output(i);
        std::vector<CTorchTensor> to(inputs, nullptr);
        CTorchError error = backward(
            context, from.data(), static_cast<int32_t>(from.size()), needed.get(), to.data(),
            static_cast<int32_t>(inputs));
        variable_list results;
        results.reserve(inputs);
        for (CTorchTensor handle : to) results.push_back(take_tensor(handle));
        if (error) {
            const std::string message = error;
            std::free(error);
            TORCH_CHECK(false, message);
        }
        return results;
    }
};

}  // namespace

CTorchError ctorch_record(
    const char *name, const CTorchTensor *inputs, int32_t input_count, const CTorchTensor *outputs,
    int32_t output_count, void *context, CTorchBackward backward, void (*release)(void *context),
    CTorchTensor *results) {
    bool owned = false;
    CTorchError error = guarded([&] {
        const variable_list sources = to_tensors(inputs, input_count);
        variable_list targets;
        for (const at::Tensor &output : to_tensors(outputs, output_count))
            // A tensor of its own, so that an input handed through stays as it is.
            targets.push_back(output.defined() ? output.variable_data() : at::Tensor());
        if (at::GradMode::is_enabled() && torch::autograd::any_variable_requires_grad(sources)) {
            auto raw = std::make_unique<CallbackNode>();
            raw->label = name;
            raw->context = context;
            raw->backward = backward;
            raw->release = release;
            owned = true;
            std::shared_ptr<CallbackNode> node(raw.release(), torch::autograd::deleteNode);
            node->set_next_edges(torch::autograd::collect_next_edges(sources));
            for (const at::Tensor &target : targets)
                if (!target.defined() || torch::autograd::isDifferentiableType(target.scalar_type()))
                    torch::autograd::set_history(target, node);
                else
                    node->add_input_metadata(torch::autograd::Node::undefined_input());
        }
        for (int32_t i = 0; i < output_count; ++i) results[i] = to_handle(std::move(targets[i]));
    });
    if (!owned) release(context);
    return error;
}
